import { fargateCpuUnits } from '../../catalog/fargate-sizes.ts';
import { settingGroup, whenSet } from './group.ts';
import { choice, integer, oneOf, optionalText, text } from './schema.ts';

/** The targets that the services of an environment share. */
export const scalingTargets = {
  cpuTargetPercent: integer('cpuTargetPercent', {
    description: 'Target value of autoscaling for average CPU utilization, of the API and the worker.',
    unit: '%',
    min: 10,
    max: 90,
    default: 60,
    change: 'in place',
  }),
  memoryTargetPercent: integer('memoryTargetPercent', {
    description: 'Target value of autoscaling for average memory utilization, of the API and the worker.',
    unit: '%',
    min: 10,
    max: 90,
    default: 80,
    change: 'in place',
  }),
};

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

export const api = settingGroup('API service', {
  api: {
    cpuUnits: oneOf('apiCpuUnits', fargateCpuUnits, {
      description: 'CPU of an API task. 1024 CPU units are one vCPU.',
      unit: 'CPU units',
      default: 256,
      change: 'restart',
    }),
    memoryMiB: integer('apiMemoryMiB', {
      description: 'Memory of an API task. The container’s memory limit and the Node.js heap size derive from it.',
      unit: 'MiB',
      min: 512,
      max: 122_880,
      default: 512,
      change: 'restart',
    }),
    desiredCount: integer('apiDesiredCount', {
      description: 'Initial number of API tasks, and the minimum for autoscaling.',
      unit: 'tasks',
      min: 1,
      max: 100,
      default: 2,
      change: 'in place',
    }),
    maxCount: integer('apiMaxCount', {
      description: 'Maximum number of API tasks for autoscaling. If it equals apiDesiredCount, autoscaling is off.',
      unit: 'tasks',
      min: 1,
      max: 100,
      default: 4,
      change: 'restart',
    }),
    ...scalingTargets,
    requestsPerTargetPerMinute: integer('requestsPerTargetPerMinute', {
      description: 'Target value of autoscaling for requests per API task and minute.',
      unit: 'requests/min',
      min: 1,
      max: 1_000_000,
      default: 6_000,
      change: 'in place',
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
