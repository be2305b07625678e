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
import { publicAuthorities } from './authorities.ts';

export interface ValkeyArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly network: Network;
}

const port = 6379;
const engineVersion = '8.0';

/**
 * Valkey on ElastiCache for cache, rate limits and queue: encrypted in transit and at rest, password required, in the
 * isolated subnets. It never evicts keys, because an evicted job is lost. Cache entries expire instead.
 * One shard, cluster mode disabled: docs/adr/0015-valkey-without-cluster-mode.md.
 *
 * Cost: one node plus `valkeyReplicas` per hour, snapshots per GB, a secret.
 * Change: `valkeyNodeType` and `valkeyReplicas` change in place and interrupt connections for seconds. Turning Valkey off
 * loses its data, which is refused while `deletionProtection` is on.
 */
export class Valkey extends pulumi.ComponentResource {
  readonly port = port;
  readonly securityGroup: SecurityGroup;
  readonly access: ValkeyAccess<pulumi.Input<string>>;
  /** Cache cluster ids of the nodes: the dimension of their metrics. */
  readonly nodes: readonly pulumi.Output<string>[];
  /** Tasks must not start before these exist. */
  readonly ready: readonly pulumi.Resource[];

  constructor(
    name: string,
    args: ValkeyArgs & { readonly valkey: ValkeySettings },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('stack:infra:Valkey', name, {}, opts);
    const { naming, network, valkey } = args;
    this.securityGroup = createSecurityGroup(name, { vpcId: network.vpcId, description: 'Valkey', naming }, this);
    const description = 'Password of Valkey: services connect with it';
    const password = createRandomSecret(`${name}-password`, { ...args, description }, this);
    const group = createGroup(name, args, { password, securityGroup: this.securityGroup }, this);
    this.access = {
      host: group.primaryEndpointAddress,
      port,
      authorities: publicAuthorities(),
      passwordFrom: password.reference,
    };
    this.nodes = Array.from(
      { length: valkey.replicas + 1 },
      (_, index) => pulumi.interpolate`${group.replicationGroupId}-${String(index + 1).padStart(3, '0')}`,
    );
    this.ready = [password.ready];
    this.registerOutputs({ nodes: this.nodes });
  }
}

/** `undefined` if Valkey is off. */
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
      // The previous password stays valid until the next change, so that tasks can be restarted in between.
      authTokenUpdateStrategy: 'ROTATE',
      snapshotRetentionLimit: valkey.snapshotRetentionDays,
      snapshotWindow: valkey.snapshotWindow,
      maintenanceWindow: valkey.maintenanceWindow,
      autoMinorVersionUpgrade: true,
      applyImmediately: true,
      tags: naming.tags,
    },
    // Protected, because jobs that left the outbox exist only here. The id is fixed, so the old group must be deleted
    // before a new one can be created.
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
        // BullMQ requires it: an evicted key is a lost job. https://docs.bullmq.io/guide/going-to-production
        { name: 'maxmemory-policy', value: 'noeviction' },
        { name: 'reserved-memory-percent', value: String(reservedMemoryPercent) },
      ],
      tags,
    },
    { parent },
  );
}
