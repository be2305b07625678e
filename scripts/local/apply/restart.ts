import { UserError } from '../../messages/user-error.ts';
import { nothingRuns } from '../../release/nothing-runs.ts';
import type { Restart } from '../../release/target.ts';
import { bake, openGuard, type RolloutGuard } from '../alarms/guard.ts';
import { givenAlarms } from '../alarms/read.ts';
import type { Docker } from '../engine/docker.ts';
import { inspectCurrent } from '../observe/current.ts';
import { givenValues, readGivenSecrets } from '../state/given-secrets.ts';
import { folderOf, writeDeployed } from '../state/place.ts';
import { fingerprintsOf, readSecrets, secretVariables } from '../state/secrets.ts';
import { deriveNames } from '../translate/names.ts';
import type { Program } from '../translate/program.ts';
import { labelNames, type StackDocument, type SwarmService } from '../translate/stack-document.ts';
import { secretsLabel, withMadeSecrets } from '../translate/stacks.ts';
import { restartedService, secretVariablesOf } from '../translate/swarm-service.ts';
import { confirmServing } from './load-balancer.ts';
import { rollBackByAlarm, rollOut } from './roll-out.ts';
import type { Application } from './work.ts';

type Request = Pick<Application, 'place' | 'program' | 'progress' | 'signal'> & Restart & { readonly docker: Docker };

/**
 * Replaces tasks by new ones of what was deployed last, whatever the settings say by now: new beside old, as in a rollout.
 * What changes is the values of their secrets.
 */
export async function restart({ docker, place, program, release, services, progress, signal }: Request): Promise<void> {
  const folder = folderOf(place);
  const current = await inspectCurrent(docker, place);
  const { deployed } = current;
  if (deployed === undefined) throw nothingRuns({ kind: 'local' }, place.environment, 'to restart');
  const { variables, fingerprints } = await readValues(folder, program);
  const at = new Date().toISOString();
  const document: StackDocument = {
    ...deployed.services,
    services: Object.fromEntries(
      Object.entries(deployed.services.services).map(([name, service]) => [
        name,
        services.includes(name) ? renew(service, at, fingerprints) : service,
      ]),
    ),
  };
  const stacks = { names: deriveNames(place.instance, place.environment), services: document };
  const work = {
    ...{ docker, place, release, program, progress, signal, current, stacks },
    generated: { secretVariables: variables },
    subject: `The restart of ${services.join(' and ')}`,
  };
  const guard = await guardOf({ docker, place, services, progress });
  await rollOut({ ...work, guard }, `Restart ${services.join(', ')}`);
  const balancer = program.loadBalancer;
  const serving = balancer === undefined ? [] : [balancer.service, ...balancer.routes.map(({ service }) => service)];
  if (balancer !== undefined && serving.some(({ name }) => services.includes(name))) {
    await confirmServing(work, balancer);
  }
  const alarm = guard === undefined ? undefined : await bake(guard, progress, signal);
  if (alarm !== undefined) {
    progress.fail?.();
    await rollBackByAlarm(work, alarm);
  }
  const restarts = { ...deployed.restarts, ...Object.fromEntries(services.map((name) => [name, at])) };
  await writeDeployed(folder, { ...deployed, services: document, restarts });
}

/** By the alarms that Prometheus evaluates, whatever the settings say by now; `undefined`: they are off. */
async function guardOf({
  docker,
  place,
  services,
  progress,
}: Pick<Request, 'docker' | 'place' | 'services' | 'progress'>): Promise<RolloutGuard | undefined> {
  const alarms = await givenAlarms(place);
  return alarms === undefined ? undefined : await openGuard({ docker, place, alarms, services, progress });
}

/** By the variables of the deploying process. */
export async function readValues(folder: ReturnType<typeof folderOf>, program: Program) {
  const given = givenValues(program.secrets, await readGivenSecrets(folder.givenSecrets));
  const made = withMadeSecrets(program, await readSecrets(folder.secrets));
  const byName = { ...fingerprintsOf(made), ...given.fingerprints };
  return {
    variables: secretVariables(program.secrets, { ...made, ...given.values }),
    fingerprints: Object.fromEntries(program.secrets.map(({ name, variable }) => [variable, byName[name] ?? ''])),
  };
}

function renew(service: SwarmService, at: string, fingerprints: Readonly<Record<string, string>>): SwarmService {
  const read = secretVariablesOf(service);
  const unknown = read.filter((variable) => !fingerprints[variable]);
  if (unknown.length > 0) throw anotherProgram(unknown);
  return restartedService(service, {
    [labelNames.restarted]: at,
    [labelNames.secrets]: secretsLabel(
      Object.fromEntries(read.map((variable) => [variable, fingerprints[variable] ?? ''])),
    ),
  });
}

function anotherProgram(variables: readonly string[]): UserError {
  return new UserError({
    code: 'RESTART_NEEDS_UP',
    message: `What runs reads secrets that the current settings do not have: ${variables.join(', ')}.`,
    remedy: 'Run `stack up`, which deploys the current settings with tasks of their own.',
  });
}
