import { execa } from 'execa';
import { UserError } from '../messages/user-error.ts';
import type { EnvironmentFacts } from '../program/settings.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import type { Clock } from '../release/clock.ts';
import type { LedgerAction } from '../release/ledger.ts';
import type { Prerequisite } from '../release/target.ts';
import { assertBackendFree } from './backend-lock.ts';
import type { AwsClients } from './clients.ts';
import { readIdentity } from './identity.ts';
import { namesOf } from './names.ts';
import { assertAlarmsQuiet, assertConnectionsFit } from './preflight.ts';

export interface PrerequisiteContext {
  readonly environment: string;
  /** For what they are checked; undefined: for nothing in particular, as `doctor` does. */
  readonly purpose: LedgerAction | undefined;
  readonly facts: () => EnvironmentFacts;
  readonly workspace: PulumiWorkspace;
  readonly clients: () => AwsClients;
  readonly clock: Clock;
}

/** What must hold before anything is changed on AWS. */
export function awsPrerequisites(context: PrerequisiteContext): readonly Prerequisite[] {
  const { environment, facts, workspace, clients, purpose } = context;
  const names = namesOf(environment);
  const signedIn = once(async () => readIdentity(clients()));
  const loggedIn = once(async () => workspace.whoAmI());
  const withAws = (check: () => Promise<void>) => after('AWS credentials', signedIn, check);
  const wayOut = purpose === 'rollback' ? 'a rollback is the way out of what this would find' : undefined;
  return [
    { name: 'Pulumi CLI', check: async () => void (await workspace.cliVersion()) },
    {
      name: 'Pulumi login',
      check: after(
        'Pulumi CLI',
        () => workspace.cliVersion(),
        async () => void (await loggedIn()),
      ),
    },
    { name: 'AWS credentials', check: async () => void (await signedIn()) },
    dockerPrerequisite(context),
    {
      name: 'no other update',
      check: after('Pulumi login', loggedIn, () => assertBackendFree(workspace, environment)),
    },
    {
      name: 'rollback alarms',
      ...(wayOut === undefined ? {} : { skip: wayOut }),
      check: withAws(() => assertAlarmsQuiet(clients(), names)),
    },
    {
      name: 'database connections',
      ...(wayOut === undefined ? {} : { skip: wayOut }),
      check: withAws(() => assertConnectionsFit(clients(), names, facts().contract, context.clock)),
    },
  ];
}

function dockerPrerequisite({ facts, environment, purpose }: PrerequisiteContext): Prerequisite {
  const name = 'Docker, to build the image';
  if (purpose === 'promote' || purpose === 'rollback') return { name, skip: 'nothing is built', check: noCheck };
  if (buildsNothing(facts)) return { name, skip: `${environment} runs what was promoted`, check: noCheck };
  return {
    name,
    async check() {
      const { failed, stderr } = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
        reject: false,
      });
      if (!failed) return;
      throw new UserError({
        code: 'DOCKER_MISSING',
        message: 'No Docker engine answers, and the image is built on this machine.',
        remedy: 'Start Docker, or let CI bring the release up.',
        ...(stderr === '' ? {} : { details: stderr }),
      });
    },
  };
}

function buildsNothing(facts: () => EnvironmentFacts): boolean {
  try {
    return facts().settings.release.source === 'promoted';
  } catch {
    // Wrong settings are another prerequisite's to tell.
    return false;
  }
}

const noCheck = () => Promise.resolve();

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= start();
    return running;
  };
}

/** A check that needs another one to hold: what was not looked at is not called fine, and its cause is told once. */
function after(needed: string, holds: () => Promise<unknown>, check: () => Promise<void>): () => Promise<void> {
  return async () => {
    const ready = await holds().then(
      () => true,
      () => false,
    );
    if (!ready) throw new UserError({ code: 'NOT_CHECKED', message: `not checked, because ${needed} failed` });
    await check();
  };
}
