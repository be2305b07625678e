import { DBInstanceNotFoundFault, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { readBackendUrl } from '../pulumi/backend-url.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import type { Environment } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import { assertSameEnvironment, type EnvironmentIdentity, parseIdentity } from './environment-identity.ts';
import { readIdentityFor } from './identity.ts';
import { namesOf } from './names.ts';
import { createParameter, deleteParameters, readFolder, readParameter } from './parameters.ts';
import { findLoadBalancer } from './running.ts';
import { clusterExists } from './services.ts';

export interface IdentityGuardOptions {
  readonly projectDirectory: string;
  readonly environmentVariables: Readonly<Record<string, string | undefined>>;
  readonly workspace: Pick<PulumiWorkspace, 'projectName' | 'exists' | 'state'>;
  readonly clients: (environment: Environment) => AwsClients;
  /** The environment that a promotion reads its evidence from: another account's may have a backend of its own. */
  readonly evidenceOf?: Environment | undefined;
}

/** A command that only reports needs no backend: it compares what it is configured for with what is recorded. */
export type Access = 'report' | 'change';

/** Compares, before a command does anything, the environment that it is configured for with the one that AWS has. */
export class IdentityGuard {
  readonly #options: IdentityGuardOptions;
  readonly #checked = new Map<string, Promise<void>>();

  constructor(options: IdentityGuardOptions) {
    this.#options = options;
  }

  /** Rejects with `ANOTHER_ENVIRONMENT`, `STACK_UNKNOWN_TO_BACKEND` or `STACK_UNKNOWN_TO_AWS`. Asks once a process. */
  check(environment: Environment, access: Access): Promise<void> {
    const key = `${access} ${environment}`;
    const checked = this.#checked.get(key) ?? this.#compare(environment, access);
    this.#checked.set(key, checked);
    return checked;
  }

  /** Writes down where the environment is, unless that is recorded already. */
  async record(environment: Environment): Promise<void> {
    const { ssm } = this.#options.clients(environment);
    const current = await this.#current(environment);
    await talkToAws(() => createParameter(ssm, namesOf(environment).identity, JSON.stringify(current)));
  }

  /** The environment is gone; the next one of its name may be anywhere. */
  async forget(environment: Environment): Promise<void> {
    const { ssm } = this.#options.clients(environment);
    await talkToAws(() => deleteParameters(ssm, [namesOf(environment).identity]));
    this.#checked.clear();
  }

  async #compare(environment: Environment, access: Access): Promise<void> {
    const clients = this.#options.clients(environment);
    const { identity: path } = namesOf(environment);
    const [text, current] = await Promise.all([
      talkToAws(() => readParameter(clients.ssm, path)),
      this.#current(environment),
    ]);
    const recorded = text === undefined ? undefined : parseIdentity(text);
    if (recorded === undefined && access === 'report') return;
    // Who only reads may be nobody to the backend: what AWS says is true without it.
    const otherBackend = current.backend === '' || environment === this.#options.evidenceOf;
    const backend = access === 'report' && otherBackend ? recorded?.backend : current.backend;
    await assertSameEnvironment({
      environment,
      path,
      recorded,
      current: { ...current, backend: backend ?? '' },
      found: recorded === undefined ? await findResources(clients, environment) : [],
      state: async () => {
        const { workspace } = this.#options;
        return (await workspace.exists(environment)) ? workspace.state(environment) : undefined;
      },
    });
  }

  async #current(environment: Environment): Promise<EnvironmentIdentity> {
    const { clients, workspace, projectDirectory, environmentVariables } = this.#options;
    const { region, ...access } = clients(environment);
    const { account, arn } = await readIdentityFor(environment, { region, ...access });
    return {
      account,
      partition: arn.split(':')[1] ?? '',
      region,
      project: await workspace.projectName(),
      stack: environment,
      backend: readBackendUrl(projectDirectory, environmentVariables) ?? '',
    };
  }
}

/** What AWS has of an environment, by the names that the program gives. The registry may outlive its environment. */
async function findResources(clients: AwsClients, environment: Environment): Promise<readonly string[]> {
  const names = namesOf(environment);
  return talkToAws(async () => {
    const [cluster, loadBalancer, database, entries] = await Promise.all([
      clusterExists(clients, names.cluster),
      findLoadBalancer(clients, names.loadBalancer),
      databaseExists(clients, names.database),
      readFolder(clients.ssm, names.ledger),
    ]);
    return [
      ...(cluster ? [`the ECS cluster ${names.cluster}`] : []),
      ...(loadBalancer === undefined ? [] : [`the load balancer ${names.loadBalancer}`]),
      ...(database ? [`the database ${names.database}`] : []),
      ...(entries.size === 0 ? [] : [`the release history ${names.ledger}`]),
    ];
  });
}

async function databaseExists({ rds }: Pick<AwsClients, 'rds'>, name: string): Promise<boolean> {
  try {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }));
    return DBInstances.length > 0;
  } catch (error) {
    if (error instanceof DBInstanceNotFoundFault) return false;
    throw error;
  }
}
