import { publicAuthorities, rdsAuthorities } from '../../infra/data/authorities.ts';
import { releaseCommand } from '../../infra/manifest/app.ts';
import { variablesOf } from '../../infra/manifest/fit.ts';
import type { EnvironmentFacts } from '../program/settings.ts';
import type { Program } from './translate/program.ts';
import type { TaskDefinition } from './translate/task-definition.ts';

/**
 * The program with the authorities of its servers in the variables that the manifest has for them. A program from before
 * the manifest left that to target local; every later one has them already.
 */
export function withAuthorities(
  program: Program,
  { app, settings }: Pick<EnvironmentFacts, 'app' | 'settings'>,
): Program {
  const bundles: Readonly<Record<string, string | undefined>> = {
    '{database.ca}': program.database === undefined ? undefined : rdsAuthorities(settings.region),
    '{valkey.ca}': program.valkey === undefined ? undefined : publicAuthorities(),
  };
  const extended = (process: string, task: TaskDefinition): TaskDefinition => {
    if (process !== releaseCommand && app.processes[process] === undefined) return task;
    const { environment } = task.container;
    const missing = variablesOf(app, process, settings).flatMap(([name, value]) => {
      const pem = bundles[value];
      return pem === undefined || environment.some((known) => known.name === name) ? [] : [{ name, value: pem }];
    });
    return { ...task, container: { ...task.container, environment: [...environment, ...missing] } };
  };
  return {
    ...program,
    services: program.services.map((service) => ({ ...service, task: extended(service.name, service.task) })),
    migrations: program.migrations.map(({ name, task }) => ({ name, task: extended(name, task) })),
  };
}
