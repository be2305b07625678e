import { neededSecretsOf } from '../program/needed-secrets.ts';
import { readPromotionChain } from '../program/promotion-chain.ts';
import type { EnvironmentFacts } from '../program/settings.ts';
import { engineNode } from '../pulumi/engine-node.ts';
import { assertSecretsReadable } from '../pulumi/secrets.ts';
import type { EnginePlace, PulumiWorkspace } from '../pulumi/workspace.ts';
import type { Clock } from '../release/clock.ts';
import type { LedgerAction } from '../release/ledger.ts';
import { secretsPrerequisite } from '../release/secrets.ts';
import type { Finding, Prerequisite, SecretStore } from '../release/target.ts';
import { assertBackendFree } from './backend-lock.ts';
import { checkBuildEngine } from './build-engine.ts';
import type { AwsClients } from './clients.ts';
import { readIdentityFor } from './identity.ts';
import { type AwsNames, namesOf } from './names.ts';
import { checkEncryptedOnTheWay } from './plain-http.ts';
import { checkAlarms, checkConnections } from './preflight.ts';
import { checkDataProtected } from './protected-data.ts';
import { inServiceTime } from './service-time.ts';
import { checkTime } from './time-limit.ts';

export interface PrerequisiteContext {
  readonly environment: string;
  /** The command that they are checked for; undefined: none, as in `doctor`. */
  readonly purpose: LedgerAction | undefined;
  readonly facts: () => EnvironmentFacts;
  readonly workspace: PulumiWorkspace;
  /** What the workspace was opened with. */
  readonly options: EnginePlace;
  readonly clients: () => AwsClients;
  readonly clock: Clock;
  /** Where the secrets of the app are kept. */
  readonly secrets: Pick<SecretStore, 'list'>;
  /** Rejects if the backend and AWS disagree on which environment this is. */
  readonly compareEnvironment: () => Promise<void>;
}

/** What must be met before anything changes on AWS. */
export function awsPrerequisites(context: PrerequisiteContext): readonly Prerequisite[] {
  const { environment, facts, workspace, clients, purpose } = context;
  const names = () => namesOf(environment, facts().settings);
  const cliFound = once(async () => workspace.cliVersion());
  const signedIn = once(async () => readIdentityFor(environment, clients()));
  const loggedIn = once(async () => workspace.whoAmI());
  const withAws = (check: () => Promise<Finding>) => after('AWS credentials', signedIn, check);
  const withLogin = (check: () => Promise<Finding>) => after('Pulumi login', loggedIn, check);
  const serviceTime = () => inServiceTime(context.clock, clients());
  const wayOut = purpose === 'rollback' ? { skip: 'a rollback is the answer to what this would find' } : {};
  return [
    { name: 'Pulumi CLI', check: async () => ({ value: await cliFound() }) },
    { name: 'Node.js of the Pulumi engine', check: async () => ({ value: await engineNode(context.options) }) },
    {
      name: 'Pulumi login',
      check: after('Pulumi CLI', cliFound, async () => {
        const { user, url } = await loggedIn();
        return { value: `${user} at ${url}` };
      }),
    },
    {
      name: 'secrets of the stack',
      check: withLogin(async () => ({ value: await assertSecretsReadable(workspace, environment, context.options) })),
    },
    {
      name: 'AWS credentials',
      check: async () => ({ value: `${(await signedIn()).arn} in ${clients().region}` }),
    },
    {
      name: 'time',
      // AWS says when credentials expire, so the time that is left is told by its clock.
      check: withAws(() =>
        checkTime(environment, purpose, facts(), context.options.environmentVariables, serviceTime()),
      ),
    },
    {
      name: 'HTTPS',
      ...(purpose === 'rollback' ? { skip: 'a rollback changes nothing about it' } : {}),
      check: async () => checkEncryptedOnTheWay(environment, facts().settings),
    },
    {
      name: 'protected data',
      ...(purpose === 'rollback' ? { skip: 'a rollback changes nothing about it' } : {}),
      check: async () =>
        checkDataProtected(environment, facts().settings, await readPromotionChain(context.options.projectDirectory)),
    },
    secretsOfApp(context, withAws),
    dockerPrerequisite(context),
    {
      name: 'no other update',
      check: withLogin(async () => {
        await assertBackendFree(workspace, environment);
        return {};
      }),
    },
    // Commands compare it as well, and report it by a code of its own.
    ...(purpose === undefined
      ? [environmentPrerequisite(context, withAws, withLogin), quotasPrerequisite(context, withAws, names)]
      : []),
    { name: 'rollback alarms', ...wayOut, check: withAws(() => checkAlarms(clients(), names())) },
    {
      name: 'database connections',
      ...wayOut,
      check: withAws(() => checkConnections(clients(), names(), facts().contract, serviceTime())),
    },
  ];
}

function secretsOfApp(
  { environment, facts, secrets }: PrerequisiteContext,
  withAws: (check: () => Promise<Finding>) => () => Promise<Finding>,
): Prerequisite {
  const { name, check } = secretsPrerequisite('aws', environment, () => neededSecretsOf(facts()), secrets);
  return { name, check: withAws(check) };
}

type After = (check: () => Promise<Finding>) => () => Promise<Finding>;

function environmentPrerequisite(
  { environment, compareEnvironment, clients }: PrerequisiteContext,
  withAws: After,
  withLogin: After,
): Prerequisite {
  const check = withAws(
    withLogin(async () => {
      await compareEnvironment();
      return { value: `${environment} of this project, in ${clients().region}` };
    }),
  );
  return { name: 'the same environment in the backend and on AWS', check };
}

function quotasPrerequisite(
  { clients, facts, clock }: PrerequisiteContext,
  withAws: After,
  names: () => AwsNames,
): Prerequisite {
  const check = withAws(async () => {
    // Its clients take their time to load, and only `doctor` needs them.
    const { checkQuotas } = await import('./quotas.ts');
    return checkQuotas(clients(), names(), facts(), inServiceTime(clock, clients()));
  });
  return { name: 'quotas', check };
}

function dockerPrerequisite({ facts, environment, purpose }: PrerequisiteContext): Prerequisite {
  const name = 'Docker, to build the image';
  const check = () => checkBuildEngine(facts().settings.release.cpuArchitecture);
  if (purpose === 'promote' || purpose === 'rollback') return { name, skip: 'nothing is built', check };
  if (buildsNothing(facts)) return { name, skip: `${environment} runs what was promoted`, check };
  return { name, check };
}

function buildsNothing(facts: () => EnvironmentFacts): boolean {
  try {
    return facts().settings.release.source === 'promoted';
  } catch {
    // Wrong settings are another prerequisite's to report.
    return false;
  }
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= start();
    return running;
  };
}

/** A check that depends on another one. If that fails, this one is unknown, and the cause is reported once. */
function after(needed: string, holds: () => Promise<unknown>, check: () => Promise<Finding>): () => Promise<Finding> {
  return async () => {
    const ready = await holds().then(
      () => true,
      () => false,
    );
    return ready ? await check() : { unknown: `not checked, because ${needed} failed` };
  };
}
