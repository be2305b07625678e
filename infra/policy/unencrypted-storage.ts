import { fieldsOf, listOf, type NamedRule } from './rule.ts';

/** S3 has encrypted every bucket by default since 2023. These resources need a flag. */
const flags: Readonly<Record<string, readonly string[]>> = {
  'aws:rds/instance:Instance': ['storageEncrypted'],
  'aws:rds/cluster:Cluster': ['storageEncrypted'],
  'aws:efs/fileSystem:FileSystem': ['encrypted'],
  'aws:ebs/volume:Volume': ['encrypted'],
  'aws:elasticache/replicationGroup:ReplicationGroup': ['atRestEncryptionEnabled', 'transitEncryptionEnabled'],
};

export const unencryptedStorage: NamedRule = {
  name: 'unencrypted-storage',
  description: 'Storage is encrypted.',
  check: ({ type, inputs }) => [
    ...(flags[type] ?? [])
      .filter((flag) => inputs[flag] !== true)
      .map((flag) => `The resource is not encrypted: set ${flag}.`),
    ...(type === 'aws:ecr/repository:Repository' && listOf(inputs['encryptionConfigurations']).length === 0
      ? ['The image repository has no explicit encryption: set encryptionConfigurations.']
      : []),
    ...(type === 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock' &&
    Object.values(fieldsOf(inputs)).includes(false)
      ? ['The bucket does not block public access: set every flag to true.']
      : []),
  ],
};
