import { settingsByKey } from './keys/all.ts';
import type { Settings } from './settings.ts';

/** Something that an environment uses and that was there before it. */
export interface ExistingResource {
  /** The setting that names it. */
  readonly key: string;
  readonly what: string;
  readonly id: string;
  /** What whoever owns it decides, and the stack does not. */
  readonly notOurs: string;
  /** What target local has in its place. */
  readonly local: string;
}

/** What exists already and is used by an environment: never changed by the stack, and never deleted. */
export function existingResources({ existing }: Pick<Settings, 'existing'>): readonly ExistingResource[] {
  const { vpc, certificateArn, listener, database, cluster } = existing;
  return [
    ...(vpc === undefined
      ? []
      : [
          {
            key: 'existingVpcId',
            what: 'VPC',
            id: vpc.id,
            notOurs: 'subnets, routes, NAT gateways, endpoints, flow logs and the default security group',
            local: 'an overlay network',
          },
        ]),
    ...(certificateArn === undefined
      ? []
      : [
          {
            key: 'existingCertificateArn',
            what: 'certificate',
            id: certificateArn,
            notOurs: 'names and renewal',
            local: 'plain HTTP',
          },
        ]),
    ...(listener === undefined
      ? []
      : [
          {
            key: 'existingListenerArn',
            what: 'load balancer',
            id: listener.loadBalancer.name,
            notOurs: 'listeners, certificates, firewall, access logs, redirects and alarms of the whole of it',
            local: 'HAProxy with the idle timeout of albIdleTimeoutSeconds',
          },
        ]),
    ...(database === undefined
      ? []
      : [
          {
            key: 'existingDatabaseIdentifier',
            what: 'RDS instance',
            id: database.identifier,
            notOurs: 'size, parameters, backups, maintenance, encryption, deletion protection and other databases',
            local: 'Postgres with databaseMaxConnections connections',
          },
        ]),
    ...(cluster === undefined
      ? []
      : [
          {
            key: 'existingClusterArn',
            what: 'ECS cluster',
            id: cluster.name,
            notOurs: 'Container Insights, capacity providers and the services of others',
            local: 'this machine’s Docker engine',
          },
        ]),
  ];
}

/** Keys of the settings that name what exists. Without them the program creates all of it. None has a default. */
export const existingKeys: readonly string[] = [...settingsByKey.values()]
  .filter(({ key, facts }) => key.startsWith('existing') && facts.default === undefined)
  .map(({ key }) => key);
