import { z } from 'zod';
import { text, visible } from '../http/text.ts';
import { parseCursor } from './cursor.ts';

const title = visible(200);
const description = text(2_000);

/** As they are written: in UTC the last moment of the last one has four digits still, whatever its offset. */
const years = /^(?:19[7-9]\d|[2-8]\d{3}|9[0-8]\d{2}|99[0-8]\d|999[0-8])-/;

/** A moment, whatever the offset it is written with. */
const moment = z.iso
  .datetime({ offset: true, abort: true })
  .regex(years, 'must be from the years 1970 to 9998')
  .describe('A moment (RFC 3339) from the years 1970 to 9998, kept to the millisecond.')
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
  title: z.string(),
  description: z.string(),
  completed: z.boolean(),
  dueAt: z.iso.datetime().nullable(),
  remindAt: z.iso.datetime().nullable(),
  completedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const todoPageView = z.object({
  items: z.array(todoView),
  /** `null` on the last page. */
  nextCursor: z.string().nullable(),
});

export const todoSummaryView = z.object({ open: z.int(), completed: z.int() });

export type TodoSummaryView = z.output<typeof todoSummaryView>;
export type CreateTodo = z.output<typeof createTodoBody>;
export type UpdateTodo = z.output<typeof updateTodoBody>;
export type ListTodos = z.output<typeof listTodosQuery>;
export type TodoView = z.output<typeof todoView>;
export type TodoPageView = z.output<typeof todoPageView>;
