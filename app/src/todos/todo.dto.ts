import { z } from 'zod';
import { text, visible } from '../http/text.ts';
import { cursorPattern, parseCursor, renderCursor } from './cursor.ts';

const title = visible({ most: 200, example: 'Buy milk' });
const description = text({ most: 2_000, example: 'Two bottles' });

/** As they are written: in UTC the last moment of the last one has four digits still, whatever its offset. */
const years = /^(?:19[7-9]\d|[2-8]\d{3}|9[0-8]\d{2}|99[0-8]\d|999[0-8])-/;

/** A moment, whatever the offset it is written with. */
const moment = z.iso
  .datetime({ offset: true, abort: true })
  .regex(years, 'must be from the years 1970 to 9998')
  .meta({
    format: 'date-time',
    description: 'A moment (RFC 3339) from the years 1970 to 9998, kept to the millisecond.',
  })
  .transform((written) => new Date(written));

export const createTodoBody = z.strictObject({
  title,
  description: description.default(''),
  dueAt: moment.nullable().default(null),
  remindAt: moment.nullable().default(null),
});

export const updateTodoBody = z
  .strictObject({
    title,
    description,
    completed: z.boolean(),
    dueAt: moment.nullable(),
    remindAt: moment.nullable(),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must change at least one field')
  .meta({ minProperties: 1 });

export const todoId = z.uuid();

const largestPage = 100;
const defaultPage = 20;

const exampleCursor = renderCursor({
  createdAt: new Date('2026-11-21T09:00:00Z'),
  id: '0189f7a4-3c4b-4d5e-8f60-718293a4b5c6',
});

export const listTodosQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${largestPage}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= largestPage, `must be a whole number from 1 to ${largestPage}`)
    .default(defaultPage)
    // For the document: in a query it is text that spells a number.
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: largestPage,
      description: `${defaultPage} when left out`,
      pattern: undefined,
    }),
  cursor: z
    .string()
    .meta({ pattern: cursorPattern, description: 'The nextCursor of the page before.', examples: [exampleCursor] })
    .transform((text, context) => {
      const position = parseCursor(text);
      if (position === undefined) {
        context.addIssue('must be the nextCursor of an earlier page');
        return z.NEVER;
      }
      return position;
    })
    .optional(),
});

export const todoView = z.object({
  id: z.uuid(),
  title: z.string().meta({ examples: ['Buy milk'] }),
  description: z.string().meta({ examples: ['Two bottles'] }),
  completed: z.boolean(),
  dueAt: z.iso.datetime().nullable(),
  remindAt: z.iso.datetime().nullable(),
  completedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const todoPageView = z.object({
  items: z.array(todoView),
  nextCursor: z
    .string()
    .meta({ examples: [exampleCursor] })
    .nullable()
    .describe('null on the last page.'),
});

export const todoSummaryView = z.object({ open: z.int(), completed: z.int() });

export type TodoSummaryView = z.output<typeof todoSummaryView>;
export type CreateTodo = z.output<typeof createTodoBody>;
export type UpdateTodo = z.output<typeof updateTodoBody>;
export type ListTodos = z.output<typeof listTodosQuery>;
export type TodoView = z.output<typeof todoView>;
export type TodoPageView = z.output<typeof todoPageView>;
