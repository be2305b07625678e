import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { ParameterGroup } from '@pulumi/aws/elasticache/parameterGroup.js';
import { ReplicationGroup } from '@pulumi/aws/elasticache/replicationGroup.js';
import { SubnetGroup } from '@pulumi/aws/elasticache/subnetGroup.js';
import * as pulumi from '@pulumi/pulumi';
import { reservedMemoryPercent } from '../catalog/elasticache-node-types.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import { createRandomSecret, type RandomSecret } from '../foundation/random-secret.ts';
import type { Network } from '../network/network.ts';
import { createSecurityGroup } from '../network/security-group.ts';
import type { Settings, ValkeySettings } from '../settings/settings.ts';
import type { ValkeyAccess } from './access.ts';

export interface ValkeyArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly network: Network;
}

const port = 6379;
const engineVersion = '8.0';

/**
 * Valkey on ElastiCache, for the cache, shared rate limits and the queue: encrypted in transit and at rest, with a
 * password, in the isolated subnets. It evicts nothing, as a queue that forgets jobs is none: the cache's entries expire.
 * One shard, without cluster mode: docs/adr/0015-valkey-without-cluster-mode.md.
 *
 * Cost: each node by the hour (one, and `valkeyReplicas`), snapshots by the GB, a secret.
 * Change: `valkeyNodeType` and `valkeyReplicas` in place, with seconds without a connection; turning it off loses what it
 * holds, and is refused while `deletionProtection` holds.
 */
export class Valkey extends pulumi.ComponentResource {
  readonly port = port;
  readonly securityGroup: SecurityGroup;
  readonly access: ValkeyAccess<pulumi.Input<string>>;
  /** Names of the nodes, as their metrics have them. */
  readonly nodes: readonly pulumi.Output<string>[];
  /** A task that starts before it is there fails. */
  readonly ready: readonly pulumi.Resource[];

  constructor(
    name: string,
    args: ValkeyArgs & { readonly valkey: ValkeySettings },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('stack:infra:Valkey', name, {}, opts);
    const { naming, network, valkey } = args;
    this.securityGroup = createSecurityGroup(name, { vpcId: network.vpcId, description: 'Valkey', naming }, this);
    const description = 'Password of Valkey: tasks log in with it';
    const password = createRandomSecret(`${name}-password`, { ...args, description }, this);
    const group = createGroup(name, args, { password, securityGroup: this.securityGroup }, this);
    this.access = { host: group.primaryEndpointAddress, port, passwordFrom: password.reference };
    this.nodes = Array.from(
      { length: valkey.replicas + 1 },
      (_, index) => pulumi.interpolate`${group.replicationGroupId}-${String(index + 1).padStart(3, '0')}`,
    );
    this.ready = [password.ready];
    this.registerOutputs({ nodes: this.nodes });
  }
}

/** `undefined` where the settings have none. */
export function createValkey(name: string, args: ValkeyArgs): Valkey | undefined {
  const { valkey } = args.settings;
  return valkey === undefined ? undefined : new Valkey(name, { ...args, valkey });
}

function createGroup(
  name: string,
  { settings, naming, network, encryption, valkey }: ValkeyArgs & { readonly valkey: ValkeySettings },
  { password, securityGroup }: { readonly password: RandomSecret; readonly securityGroup: SecurityGroup },
  parent: pulumi.Resource,
): ReplicationGroup {
  const subnets = new SubnetGroup(
    name,
    { subnetIds: network.isolatedSubnetIds, description: 'Valkey', tags: naming.tags },
    { parent },
  );
  const replicated = valkey.replicas > 0;
  const { deletionProtection } = settings;
  return new ReplicationGroup(
    name,
    {
      replicationGroupId: physicalName(naming, '', 'replicationGroup'),
      description: `Cache and queue of ${naming.prefix}`,
      engine: 'valkey',
      engineVersion,
      nodeType: valkey.nodeType,
      numCacheClusters: valkey.replicas + 1,
      automaticFailoverEnabled: replicated,
      multiAzEnabled: replicated,
      parameterGroupName: createParameters(name, naming, parent).name,
      port,
      subnetGroupName: subnets.name,
      securityGroupIds: [securityGroup.id],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      ...(encryption.keyArn === undefined ? {} : { kmsKeyId: encryption.keyArn }),
      authToken: password.value,
      // Both passwords are taken until the next change, so that tasks can be rolled in between.
      authTokenUpdateStrategy: 'ROTATE',
      snapshotRetentionLimit: valkey.snapshotRetentionDays,
      snapshotWindow: valkey.snapshotWindow,
      maintenanceWindow: valkey.maintenanceWindow,
      autoMinorVersionUpgrade: true,
      applyImmediately: true,
      tags: naming.tags,
    },
    // Jobs that left the outbox and are not done yet are nowhere else. Its name is its address, so that the old one has
    // to go before a new one can come.
    { parent, protect: deletionProtection, deleteBeforeReplace: true },
  );
}

function createParameters(name: string, { tags }: Naming, parent: pulumi.Resource): ParameterGroup {
  const [major] = engineVersion.split('.');
  return new ParameterGroup(
    name,
    {
      family: `valkey${major}`,
      description: 'Settings of Valkey',
      parameters: [
        // BullMQ’s condition: an evicted key is a lost job. https://docs.bullmq.io/guide/going-to-production
        { name: 'maxmemory-policy', value: 'noeviction' },
        { name: 'reserved-memory-percent', value: String(reservedMemoryPercent) },
      ],
      tags,
    },
    { parent },
  );
}
