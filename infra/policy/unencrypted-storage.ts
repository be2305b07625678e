import { fieldsOf, listOf, type NamedRule } from './rule.ts';

/** Buckets are encrypted by S3 itself since 2023; these are not. */
const flags: Readonly<Record<string, readonly string[]>> = {
  'aws:rds/instance:Instance': ['storageEncrypted'],
  'aws:rds/cluster:Cluster': ['storageEncrypted'],
  'aws:efs/fileSystem:FileSystem': ['encrypted'],
  'aws:ebs/volume:Volume': ['encrypted'],
  'aws:elasticache/replicationGroup:ReplicationGroup': ['atRestEncryptionEnabled', 'transitEncryptionEnabled'],
};

export const unencryptedStorage: NamedRule = {
  name: 'unencrypted-storage',
  description: 'What holds data is encrypted.',
  check: ({ type, inputs }) => [
    ...(flags[type] ?? []).filter((flag) => inputs[flag] !== true).map((flag) => `It is not encrypted: set ${flag}.`),
    ...(type === 'aws:ecr/repository:Repository' && listOf(inputs['encryptionConfigurations']).length === 0
      ? ['The registry does not say how it is encrypted: set encryptionConfigurations.']
      : []),
    ...(type === 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock' &&
    Object.values(fieldsOf(inputs)).includes(false)
      ? ['The bucket is not closed to the public.']
      : []),
  ],
};
