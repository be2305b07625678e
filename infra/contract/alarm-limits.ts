import type { ContractNumbers } from './numbers.ts';

/** Per task of a service. BullMQ has one blocking connection and one for commands: ten are a leak. */
const connectionsPerTask = 10;

/** More than so many connections to Postgres make an alarm fire. The pools of all tasks together stay below. */
export function databaseConnectionsLimit({ database }: Pick<ContractNumbers, 'database'>): number {
  return Math.floor(database.maxConnections * 0.9);
}

/** More than so many connections to Valkey make an alarm fire: all tasks of a rollout need fewer. */
export function valkeyConnectionsLimit({
  processes,
  maximumHealthyPercent,
}: Pick<ContractNumbers, 'processes' | 'maximumHealthyPercent'>): number {
  const services = Object.values(processes).filter(({ kind }) => kind !== 'release');
  const tasks = services.reduce((sum, { maxCount }) => sum + maxCount, 0) * (maximumHealthyPercent / 100);
  return tasks * connectionsPerTask;
}
