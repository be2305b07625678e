/**
 * Memory of the supported RDS instance classes, in GiB.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
 */
const memoryGiB = Object.freeze({
  'db.t4g.micro': 1,
  'db.t4g.small': 2,
  'db.t4g.medium': 4,
  'db.t4g.large': 8,
  'db.t4g.xlarge': 16,
  'db.t4g.2xlarge': 32,
  'db.m7g.large': 8,
  'db.m7g.xlarge': 16,
  'db.m7g.2xlarge': 32,
  'db.m7g.4xlarge': 64,
  'db.r7g.large': 16,
  'db.r7g.xlarge': 32,
  'db.r7g.2xlarge': 64,
  'db.r7g.4xlarge': 128,
});

export type InstanceClass = keyof typeof memoryGiB;

export const instanceClasses = Object.freeze(Object.keys(memoryGiB)) as readonly [InstanceClass, ...InstanceClass[]];

/**
 * The default of RDS is LEAST(DBInstanceClassMemory / 9531392, 5000), about 112 connections per nominal GiB. AWS does not
 * publish by how much DBInstanceClassMemory is below the nominal memory, so the parameter group sets a lower, known value.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
 */
const connectionsPerGiB = 80;
const mostConnections = 5000;

/** `max_connections` that the parameter group sets for an instance class. Changing it reboots the database. */
export function maxConnections(instanceClass: InstanceClass): number {
  return Math.min(memoryGiB[instanceClass] * connectionsPerGiB, mostConnections);
}

const vcpusOfSize: Readonly<Record<string, number>> = Object.freeze({ xlarge: 4, '2xlarge': 8, '4xlarge': 16 });

/**
 * Virtual CPUs of an instance class; the smaller sizes have 2, burstable ones too.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
 */
export function instanceVcpus(instanceClass: InstanceClass): number {
  return vcpusOfSize[instanceClass.split('.')[2] ?? ''] ?? 2;
}

/** Nominal memory of an instance class in MiB. */
export function instanceMemoryMiB(instanceClass: InstanceClass): number {
  return memoryGiB[instanceClass] * 1024;
}
