import { deriveNaming, physicalName, runsOf, secretParameter, stoppedTasksLog } from '../../infra/foundation/naming.ts';
import type { Domain, Settings } from '../../infra/settings/settings.ts';

/**
 * Names of the program's resources in AWS. They derive from the environment and from what its settings say exists, so that
 * AWS can be asked what runs without Pulumi's state, which may say something else.
 */
export interface AwsNames {
  readonly cluster: string;
  /** The cluster is not the stack's, and services of others run in it. */
  readonly sharesCluster: boolean;
  /** Of the images that the environment builds. */
  readonly repository: string;
  readonly loadBalancer: string;
  /** The load balancer is not the stack's, and has another name. */
  readonly sharesLoadBalancer: boolean;
  /** Of a load balancer that is not the stack's: its listener, and what of it is the environment's. */
  readonly sharedListener?: { readonly arn: string; readonly priority: number; readonly hosts: readonly string[] };
  readonly database: string;
  /** What of an instance that is not the stack's is the environment's: its database, and the secret to log in with. */
  readonly sharedDatabase?: { readonly name: string; readonly ownerSecretArn: string };
  /** `nest-fargate-staging-api` for `api`. */
  service(shortName: string): string;
  /** `api` for `nest-fargate-staging-api`. */
  shortName(service: string): string;
  /** With which the names of its alarms begin, and those of an environment whose name begins with this one's. */
  readonly alarmPrefix: string;
  readonly dashboard: string;
  logGroup(shortName: string): string;
  /** ECS's group of the tasks that a schedule starts. */
  runs(process: string): string;
  /** Log group of the events of tasks that stopped. */
  readonly stoppedTasks: string;
  /** Path in Parameter Store under which the releases are recorded. */
  readonly ledger: string;
  readonly lock: string;
  /** Path of the parameters that hold the secrets of the app, with the slash at its end. */
  readonly secrets: string;
  /** Of the customer managed key, where the settings ask for one. */
  readonly keyAlias: string;
  /** Role of the workflows that deploy. */
  readonly deployRole: string;
  /** Where it is recorded which account, backend and stack the environment is of. */
  readonly identity: string;
  /** On everything that the program makes and that can have tags. */
  readonly tags: Readonly<{ Project: string; Environment: string }>;
}

/**
 * @param settings absent where the names of what exists do not matter
 * @param hosts labels in front of the domain, to which requests come, too
 */
export function namesOf(
  environment: string,
  settings?: Pick<Settings, 'existing' | 'database' | 'edge'>,
  hosts: readonly string[] = [],
): AwsNames {
  const { cluster, listener, database } = settings?.existing ?? {};
  const naming = deriveNaming({ environment });
  const root = `/${naming.tags.Project}/${environment}`;
  return {
    cluster: cluster?.name ?? physicalName(naming, ''),
    sharesCluster: cluster !== undefined,
    repository: physicalName(naming, ''),
    loadBalancer: physicalName(naming, '', 'loadBalancer'),
    sharesLoadBalancer: listener !== undefined,
    ...(listener === undefined
      ? {}
      : { sharedListener: { ...listener, hosts: hostsIn(settings?.edge.domain, hosts) } }),
    database: database?.identifier ?? physicalName(naming, '', 'database'),
    ...(database === undefined
      ? {}
      : { sharedDatabase: { name: settings?.database.name ?? '', ownerSecretArn: database.ownerSecretArn } }),
    service: (shortName) => physicalName(naming, shortName),
    shortName: (service) =>
      service.startsWith(`${naming.prefix}-`) ? service.slice(naming.prefix.length + 1) : service,
    alarmPrefix: `${naming.prefix}-`,
    dashboard: naming.prefix,
    runs: (process) => runsOf(naming, process),
    stoppedTasks: stoppedTasksLog(naming),
    logGroup: (shortName) => `/ecs/${physicalName(naming, shortName)}`,
    ledger: `${root}/releases`,
    lock: `${root}/lock`,
    secrets: secretParameter({ environment }, ''),
    keyAlias: `alias/${physicalName(naming, '')}`,
    deployRole: physicalName(naming, 'ci-deploy', 'role'),
    identity: `${root}/identity`,
    tags: naming.tags,
  };
}

function hostsIn(domain: Domain | undefined, labels: readonly string[]): readonly string[] {
  return domain === undefined ? [] : [domain.name, ...labels.map((label) => `${label}.${domain.name}`)];
}
