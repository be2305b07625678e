import { type GraphResource, ofType, type ProgramGraph } from '../../../infra/graph/query.ts';
import { expectText, isRecord, notUnderstood, referred } from './expectations.ts';
import { parseTaskDefinition, type TaskDefinition } from './task-definition.ts';

export const scheduleType = 'aws:scheduler/schedule:Schedule';
const definitionType = 'aws:ecs/taskDefinition:TaskDefinition';

/** A process that runs to its end: at the times of its schedule, or when somebody starts it. */
export interface Job {
  readonly name: string;
  readonly task: TaskDefinition;
  readonly schedule?: Times;
}

export interface Times {
  /** Five fields, as cron has them. */
  readonly cron: string;
  readonly timeZone: string;
}

/**
 * The schedules of the graph, and its one-offs: task definitions that nothing starts.
 *
 * @param started names of the task definitions that services and migrations start
 */
export function parseJobs(graph: ProgramGraph, started: ReadonlySet<string>): readonly Job[] {
  const scheduled = ofType(graph, scheduleType).map((schedule) => parseSchedule(graph, schedule));
  const known = new Set([...started, ...scheduled.map(({ task }) => task.name)]);
  const once = ofType(graph, definitionType).filter(({ name }) => !known.has(name));
  return [
    ...scheduled,
    ...once.map((definition) => ({ name: definition.name, task: parseTaskDefinition(definition) })),
  ];
}

function parseSchedule(graph: ProgramGraph, { name, inputs }: GraphResource): Job {
  const where = `schedule ${name}`;
  const target = isRecord(inputs['target']) ? inputs['target'] : {};
  const parameters = isRecord(target['ecsParameters']) ? target['ecsParameters'] : {};
  return {
    name,
    task: parseTaskDefinition(referred(graph, parameters['taskDefinitionArn'], `${where}, taskDefinitionArn`)),
    schedule: {
      cron: cronOf(expectText(inputs['scheduleExpression'], `${where}, scheduleExpression`), where),
      timeZone: expectText(inputs['scheduleExpressionTimezone'] ?? 'UTC', `${where}, scheduleExpressionTimezone`),
    },
  };
}

/** `cron(30 3 ? * MON-FRI *)` → `30 3 * * MON-FRI`: one field for days is `?`, and the last is the year. */
function cronOf(expression: string, where: string): string {
  const [, minute, hour, day, month, weekday, year] =
    /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression) ?? [];
  if (day === undefined || weekday === undefined || year !== '*' || (day === '?') === (weekday === '?')) {
    throw notUnderstood(`${where}, scheduleExpression`, expression, 'cron() of every year, with ? for one kind of day');
  }
  return [minute, hour, day, month, weekday].map((field) => (field === '?' ? '*' : field)).join(' ');
}
