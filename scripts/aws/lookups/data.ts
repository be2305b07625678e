import {
  DescribeCacheParameterGroupsCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ListTagsForResourceCommand as ListCacheTagsCommand,
} from '@aws-sdk/client-elasticache';
import {
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBProxiesCommand,
  DescribeDBProxyTargetsCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-rds';
import type { LookupClients } from './clients.ts';
import { dated, type Lookup, named, tagsOf, text, unlessAbsent } from './lookup.ts';

type Tags = Readonly<Record<string, string>>;

async function tagsInRds({ rds }: LookupClients, arn: string | undefined): Promise<Tags> {
  const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName: arn }));
  return tagsOf(TagList);
}

async function tagsInCache({ elasticache }: LookupClients, arn: string | undefined): Promise<Tags> {
  const { TagList } = await elasticache.send(new ListCacheTagsCommand({ ResourceName: arn }));
  return tagsOf(TagList);
}

/** Databases and what belongs to them. */
export const dataLookups: Readonly<Record<string, Lookup>> = {
  'aws:rds/instance:Instance': {
    what: 'RDS instance',
    nameOf: named('identifier'),
    collides: true,
    async find({ clients: { rds } }, inputs) {
      const DBInstanceIdentifier = text(inputs, 'identifier');
      const answer = await unlessAbsent(
        () => rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier })),
        'DBInstanceNotFound',
        'DBInstanceNotFoundFault',
      );
      const found = answer?.DBInstances?.[0];
      if (found === undefined) return undefined;
      return {
        importId: DBInstanceIdentifier,
        tags: tagsOf(found.TagList),
        ...dated(found.InstanceCreateTime),
        // Without an address, and without the owner's secret, nothing can use it.
        ready: found.DBInstanceStatus !== 'creating' && found.Endpoint?.Address !== undefined,
      };
    },
  },
  'aws:rds/proxy:Proxy': {
    what: 'RDS Proxy',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const DBProxyName = text(inputs, 'name');
      const answer = await unlessAbsent(
        () => clients.rds.send(new DescribeDBProxiesCommand({ DBProxyName })),
        'DBProxyNotFoundFault',
      );
      const found = answer?.DBProxies?.[0];
      if (found === undefined) return undefined;
      const tags = await tagsInRds(clients, found.DBProxyArn);
      return { importId: DBProxyName, tags, ...dated(found.CreatedDate), ready: found.Status === 'available' };
    },
  },
  'aws:rds/proxyTarget:ProxyTarget': {
    what: 'target of RDS Proxy',
    nameOf: named('dbInstanceIdentifier'),
    collides: true,
    inside: true,
    async find({ clients: { rds } }, inputs) {
      const [DBProxyName, TargetGroupName] = [text(inputs, 'dbProxyName'), text(inputs, 'targetGroupName')];
      const answer = await unlessAbsent(
        () => rds.send(new DescribeDBProxyTargetsCommand({ DBProxyName, TargetGroupName })),
        'DBProxyNotFoundFault',
        'DBProxyTargetGroupNotFoundFault',
      );
      const instance = text(inputs, 'dbInstanceIdentifier');
      const found = answer?.Targets?.find(({ RdsResourceId }) => RdsResourceId === instance);
      if (found === undefined) return undefined;
      return { importId: `${DBProxyName}/${TargetGroupName}/RDS_INSTANCE/${instance}`, ready: true };
    },
  },
  'aws:rds/subnetGroup:SubnetGroup': {
    what: 'DB subnet group',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const DBSubnetGroupName = text(inputs, 'name');
      const answer = await unlessAbsent(
        () => clients.rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName })),
        'DBSubnetGroupNotFoundFault',
      );
      const found = answer?.DBSubnetGroups?.[0];
      if (found === undefined) return undefined;
      return { importId: DBSubnetGroupName, tags: await tagsInRds(clients, found.DBSubnetGroupArn), ready: true };
    },
  },
  'aws:rds/parameterGroup:ParameterGroup': {
    what: 'DB parameter group',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const DBParameterGroupName = text(inputs, 'name');
      const answer = await unlessAbsent(
        () => clients.rds.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName })),
        'DBParameterGroupNotFound',
        'DBParameterGroupNotFoundFault',
      );
      const found = answer?.DBParameterGroups?.[0];
      if (found === undefined) return undefined;
      return { importId: DBParameterGroupName, tags: await tagsInRds(clients, found.DBParameterGroupArn), ready: true };
    },
  },
  'aws:elasticache/replicationGroup:ReplicationGroup': {
    what: 'ElastiCache replication group',
    nameOf: named('replicationGroupId'),
    collides: true,
    async find({ clients }, inputs) {
      const ReplicationGroupId = text(inputs, 'replicationGroupId');
      const answer = await unlessAbsent(
        () => clients.elasticache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId })),
        'ReplicationGroupNotFoundFault',
      );
      const found = answer?.ReplicationGroups?.[0];
      if (found === undefined) return undefined;
      const tags = await tagsInCache(clients, found.ARN);
      return {
        importId: ReplicationGroupId,
        tags,
        ...dated(found.ReplicationGroupCreateTime),
        ready: found.Status === 'available',
      };
    },
  },
  'aws:elasticache/subnetGroup:SubnetGroup': {
    what: 'ElastiCache subnet group',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const CacheSubnetGroupName = text(inputs, 'name');
      const answer = await unlessAbsent(
        () => clients.elasticache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName })),
        'CacheSubnetGroupNotFoundFault',
      );
      const found = answer?.CacheSubnetGroups?.[0];
      if (found === undefined) return undefined;
      return { importId: CacheSubnetGroupName, tags: await tagsInCache(clients, found.ARN), ready: true };
    },
  },
  'aws:elasticache/parameterGroup:ParameterGroup': {
    what: 'ElastiCache parameter group',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const CacheParameterGroupName = text(inputs, 'name');
      const answer = await unlessAbsent(
        () => clients.elasticache.send(new DescribeCacheParameterGroupsCommand({ CacheParameterGroupName })),
        'CacheParameterGroupNotFound',
        'CacheParameterGroupNotFoundFault',
      );
      const found = answer?.CacheParameterGroups?.[0];
      if (found === undefined) return undefined;
      return { importId: CacheParameterGroupName, tags: await tagsInCache(clients, found.ARN), ready: true };
    },
  },
};
