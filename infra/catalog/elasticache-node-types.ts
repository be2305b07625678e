/**
 * `maxmemory` of the supported ElastiCache node types, in MiB.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html#ParameterGroups.Redis.NodeSpecific
 */
const memoryMiB = Object.freeze({
  'cache.t4g.micro': 512,
  'cache.t4g.small': 1_403,
  'cache.t4g.medium': 3_164,
  'cache.m7g.large': 6_533,
  'cache.m7g.xlarge': 13_240,
  'cache.r7g.large': 13_384,
  'cache.r7g.xlarge': 26_952,
});

export type CacheNodeType = keyof typeof memoryMiB;

export const cacheNodeTypes = Object.freeze(Object.keys(memoryMiB)) as readonly [CacheNodeType, ...CacheNodeType[]];

/**
 * `reserved-memory-percent`: memory of a node that is reserved for replication and snapshots.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html
 */
export const reservedMemoryPercent = 25;

/** `maxmemory` of a node type in MiB. */
export function cacheNodeMemoryMiB(nodeType: CacheNodeType): number {
  return memoryMiB[nodeType];
}

/**
 * vCPUs of a node type. Valkey runs commands on one of them.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
 */
export function cacheNodeVcpus(nodeType: CacheNodeType): number {
  return nodeType.endsWith('.xlarge') ? 4 : 2;
}

/** Memory for data in MiB. With `noeviction`, writes fail beyond it. */
export function cacheDataMiB(nodeType: CacheNodeType): number {
  return Math.floor((memoryMiB[nodeType] * (100 - reservedMemoryPercent)) / 100);
}
