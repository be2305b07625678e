import { fargateCpuUnits } from '../../catalog/fargate-sizes.ts';
import { settingGroup, whenSet } from './group.ts';
import { processFacts } from './process-facts.ts';
import { choice, integer, oneOf, optionalText, text } from './schema.ts';

/** The targets that the services of an environment share. */
export const scalingTargets = {
  cpuTargetPercent: integer('cpuTargetPercent', {
    description: 'Target value of autoscaling for average CPU utilization, of the API and the worker.',
    ...processFacts.cpuTargetPercent,
  }),
  memoryTargetPercent: integer('memoryTargetPercent', {
    description: 'Target value of autoscaling for average memory utilization, of the API and the worker.',
    ...processFacts.memoryTargetPercent,
  }),
};

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

export const api = settingGroup('API service', {
  api: {
    cpuUnits: oneOf('apiCpuUnits', fargateCpuUnits, {
      description: 'CPU of an API task. 1024 CPU units are one vCPU.',
      ...processFacts.cpuUnits,
    }),
    memoryMiB: integer('apiMemoryMiB', {
      description: 'Memory of an API task. The container’s memory limit and the Node.js heap size derive from it.',
      ...processFacts.memoryMiB,
    }),
    desiredCount: integer('apiDesiredCount', {
      description: 'Initial number of API tasks, and the minimum for autoscaling.',
      ...processFacts.desiredCount,
      default: 2,
    }),
    maxCount: integer('apiMaxCount', {
      description: 'Maximum number of API tasks for autoscaling. If it equals apiDesiredCount, autoscaling is off.',
      ...processFacts.maxCount,
      default: 4,
    }),
    ...scalingTargets,
    requestsPerTargetPerMinute: integer('requestsPerTargetPerMinute', {
      description: 'Target value of autoscaling for requests per API task and minute.',
      ...processFacts.requestsPerTargetPerMinute,
    }),
  },
  /** Absent: tasks run day and night. */
  nightlyStop: whenSet({
    from: optionalText('stopTasksAt', timeOfDay, {
      description:
        'Time at which all tasks stop every day, to save cost; requires startTasksAt. While they are stopped, nothing is served and no release can be deployed.',
      rule: 'a time of day as hh:mm',
      example: '20:00',
      change: 'in place',
    }),
    until: optionalText('startTasksAt', timeOfDay, {
      description: 'Time at which the tasks start again, from Monday to Friday.',
      rule: 'a time of day as hh:mm',
      example: '07:00',
      change: 'in place',
    }),
    timezone: text('scheduleTimezone', /^(UTC|[A-Z][A-Za-z]+\/[A-Za-z_/-]+)$/, {
      description: 'Time zone of stopTasksAt and startTasksAt.',
      rule: 'a name from the IANA time zone database, such as Europe/Berlin',
      default: 'UTC',
      change: 'in place',
    }),
  }),
  logLevel: choice('logLevel', ['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
    description: 'Minimum level of the log lines that the app writes.',
    default: 'info',
    change: 'restart',
    source: 'Lines with metrics are written at every level: alarms and the autoscaling of the worker read them.',
  }),
});
