import { asList, type CreateCalls, generated, pairs, pascal, tags, withSuffix } from './call.ts';

/** Database, Valkey, secrets, keys and buckets. */
export const dataCalls: Readonly<Record<string, CreateCalls>> = {
  'aws:rds/instance:Instance': {
    calls: [
      {
        service: 'rds',
        operation: 'CreateDBInstance',
        members: {
          identifier: 'DBInstanceIdentifier',
          dbName: 'DBName',
          engine: 'Engine',
          engineVersion: 'EngineVersion',
          autoMinorVersionUpgrade: 'AutoMinorVersionUpgrade',
          instanceClass: 'DBInstanceClass',
          allocatedStorage: 'AllocatedStorage',
          maxAllocatedStorage: 'MaxAllocatedStorage',
          storageType: 'StorageType',
          storageEncrypted: 'StorageEncrypted',
          kmsKeyId: 'KmsKeyId',
          username: 'MasterUsername',
          manageMasterUserPassword: 'ManageMasterUserPassword',
          masterUserSecretKmsKeyId: 'MasterUserSecretKmsKeyId',
          iamDatabaseAuthenticationEnabled: 'EnableIAMDatabaseAuthentication',
          dbSubnetGroupName: 'DBSubnetGroupName',
          parameterGroupName: 'DBParameterGroupName',
          vpcSecurityGroupIds: 'VpcSecurityGroupIds',
          publiclyAccessible: 'PubliclyAccessible',
          port: 'Port',
          multiAz: 'MultiAZ',
          caCertIdentifier: 'CACertificateIdentifier',
          backupRetentionPeriod: 'BackupRetentionPeriod',
          backupWindow: 'PreferredBackupWindow',
          maintenanceWindow: 'PreferredMaintenanceWindow',
          copyTagsToSnapshot: 'CopyTagsToSnapshot',
          deletionProtection: 'DeletionProtection',
          performanceInsightsEnabled: 'EnablePerformanceInsights',
          performanceInsightsKmsKeyId: 'PerformanceInsightsKMSKeyId',
          performanceInsightsRetentionPeriod: 'PerformanceInsightsRetentionPeriod',
          enabledCloudwatchLogsExports: 'EnableCloudwatchLogsExports',
          tags,
        },
      },
      {
        service: 'rds',
        operation: 'DeleteDBInstance',
        members: {
          identifier: 'DBInstanceIdentifier',
          finalSnapshotIdentifier: 'FinalDBSnapshotIdentifier',
          skipFinalSnapshot: 'SkipFinalSnapshot',
        },
      },
    ],
    unmodelled: ['applyImmediately'],
  },
  'aws:rds/parameterGroup:ParameterGroup': {
    calls: [
      {
        service: 'rds',
        operation: 'CreateDBParameterGroup',
        members: { family: 'DBParameterGroupFamily', description: 'Description', tags },
        others: (name) => ({ DBParameterGroupName: generated(name) }),
      },
      {
        service: 'rds',
        operation: 'ModifyDBParameterGroup',
        members: { parameters: ['Parameters', parameters] },
        others: (name) => ({ DBParameterGroupName: generated(name) }),
      },
    ],
  },
  'aws:rds/subnetGroup:SubnetGroup': {
    calls: [
      {
        service: 'rds',
        operation: 'CreateDBSubnetGroup',
        members: { description: 'DBSubnetGroupDescription', subnetIds: 'SubnetIds', tags },
        others: (name) => ({ DBSubnetGroupName: generated(name) }),
      },
    ],
  },
  'aws:rds/proxy:Proxy': {
    calls: [
      {
        service: 'rds',
        operation: 'CreateDBProxy',
        members: {
          name: 'DBProxyName',
          engineFamily: 'EngineFamily',
          auths: ['Auth', (value) => renamed(value, 'IamAuth', 'IAMAuth')],
          roleArn: 'RoleArn',
          vpcSubnetIds: 'VpcSubnetIds',
          vpcSecurityGroupIds: 'VpcSecurityGroupIds',
          requireTls: 'RequireTLS',
          tags,
        },
      },
    ],
  },
  'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup': {
    calls: [
      {
        service: 'rds',
        operation: 'ModifyDBProxyTargetGroup',
        members: { dbProxyName: 'DBProxyName', connectionPoolConfig: ['ConnectionPoolConfig', pascal] },
        others: () => ({ TargetGroupName: 'default' }),
      },
    ],
  },
  'aws:rds/proxyTarget:ProxyTarget': {
    calls: [
      {
        service: 'rds',
        operation: 'RegisterDBProxyTargets',
        members: {
          dbProxyName: 'DBProxyName',
          targetGroupName: 'TargetGroupName',
          dbInstanceIdentifier: ['DBInstanceIdentifiers', asList],
        },
      },
    ],
  },
  'aws:elasticache/parameterGroup:ParameterGroup': {
    calls: [
      {
        service: 'elasticache',
        operation: 'CreateCacheParameterGroup',
        members: { family: 'CacheParameterGroupFamily', description: 'Description', tags },
        others: (name) => ({ CacheParameterGroupName: generated(name) }),
      },
      {
        service: 'elasticache',
        operation: 'ModifyCacheParameterGroup',
        members: { parameters: ['ParameterNameValues', pairsOfParameters] },
        others: (name) => ({ CacheParameterGroupName: generated(name) }),
      },
    ],
  },
  'aws:elasticache/subnetGroup:SubnetGroup': {
    calls: [
      {
        service: 'elasticache',
        operation: 'CreateCacheSubnetGroup',
        members: { description: 'CacheSubnetGroupDescription', subnetIds: 'SubnetIds', tags },
        others: (name) => ({ CacheSubnetGroupName: generated(name) }),
      },
    ],
  },
  'aws:elasticache/replicationGroup:ReplicationGroup': {
    calls: [
      {
        service: 'elasticache',
        operation: 'CreateReplicationGroup',
        members: {
          replicationGroupId: 'ReplicationGroupId',
          description: 'ReplicationGroupDescription',
          automaticFailoverEnabled: 'AutomaticFailoverEnabled',
          multiAzEnabled: 'MultiAZEnabled',
          numCacheClusters: 'NumCacheClusters',
          nodeType: 'CacheNodeType',
          engine: 'Engine',
          engineVersion: 'EngineVersion',
          parameterGroupName: 'CacheParameterGroupName',
          subnetGroupName: 'CacheSubnetGroupName',
          securityGroupIds: 'SecurityGroupIds',
          maintenanceWindow: 'PreferredMaintenanceWindow',
          port: 'Port',
          autoMinorVersionUpgrade: 'AutoMinorVersionUpgrade',
          snapshotRetentionLimit: 'SnapshotRetentionLimit',
          snapshotWindow: 'SnapshotWindow',
          authToken: 'AuthToken',
          transitEncryptionEnabled: 'TransitEncryptionEnabled',
          transitEncryptionMode: 'TransitEncryptionMode',
          atRestEncryptionEnabled: 'AtRestEncryptionEnabled',
          kmsKeyId: 'KmsKeyId',
          tags,
        },
      },
      {
        service: 'elasticache',
        operation: 'ModifyReplicationGroup',
        members: {
          replicationGroupId: 'ReplicationGroupId',
          authTokenUpdateStrategy: 'AuthTokenUpdateStrategy',
          applyImmediately: 'ApplyImmediately',
        },
      },
    ],
  },
  'aws:secretsmanager/secret:Secret': {
    calls: [
      {
        service: 'secretsmanager',
        operation: 'CreateSecret',
        members: { namePrefix: ['Name', withSuffix], description: 'Description', kmsKeyId: 'KmsKeyId', tags },
      },
    ],
    unmodelled: ['recoveryWindowInDays'],
  },
  'aws:secretsmanager/secretVersion:SecretVersion': {
    calls: [
      {
        service: 'secretsmanager',
        operation: 'PutSecretValue',
        members: { secretId: 'SecretId', secretString: 'SecretString' },
      },
    ],
  },
  'aws:secretsmanager/secretRotation:SecretRotation': {
    calls: [
      {
        service: 'secretsmanager',
        operation: 'RotateSecret',
        members: {
          secretId: 'SecretId',
          rotationRules: ['RotationRules', pascal],
          rotateImmediately: 'RotateImmediately',
        },
      },
    ],
    unmodelled: ['rotationEnabled'],
  },
  'aws:kms/key:Key': {
    calls: [
      {
        service: 'kms',
        operation: 'CreateKey',
        members: {
          description: 'Description',
          policy: 'Policy',
          tags: ['Tags', (value) => pairs(value, 'TagKey', 'TagValue')],
        },
      },
      {
        service: 'kms',
        operation: 'ScheduleKeyDeletion',
        members: { deletionWindowInDays: 'PendingWindowInDays' },
        others: () => ({ KeyId: '12345678-1234-1234-1234-123456789012' }),
      },
    ],
    unmodelled: ['enableKeyRotation'],
  },
  'aws:kms/alias:Alias': {
    calls: [{ service: 'kms', operation: 'CreateAlias', members: { name: 'AliasName', targetKeyId: 'TargetKeyId' } }],
  },
  'aws:s3/bucket:Bucket': {
    calls: [
      { service: 's3', operation: 'CreateBucket', members: { bucketPrefix: ['Bucket', withSuffix] } },
      {
        service: 's3',
        operation: 'PutBucketTagging',
        members: {
          bucketPrefix: ['Bucket', withSuffix],
          tags: ['Tagging', (value) => ({ TagSet: pairs(value, 'Key', 'Value') })],
        },
      },
    ],
    unmodelled: ['forceDestroy'],
  },
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': {
    calls: [
      {
        service: 's3',
        operation: 'PutBucketLifecycleConfiguration',
        members: { bucket: 'Bucket', rules: ['LifecycleConfiguration.Rules', (value) => renamed(value, 'Id', 'ID')] },
      },
    ],
  },
  'aws:s3/bucketPolicy:BucketPolicy': {
    calls: [{ service: 's3', operation: 'PutBucketPolicy', members: { bucket: 'Bucket', policy: 'Policy' } }],
  },
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': {
    calls: [
      {
        service: 's3',
        operation: 'PutPublicAccessBlock',
        members: {
          bucket: 'Bucket',
          blockPublicAcls: 'PublicAccessBlockConfiguration.BlockPublicAcls',
          blockPublicPolicy: 'PublicAccessBlockConfiguration.BlockPublicPolicy',
          ignorePublicAcls: 'PublicAccessBlockConfiguration.IgnorePublicAcls',
          restrictPublicBuckets: 'PublicAccessBlockConfiguration.RestrictPublicBuckets',
        },
      },
    ],
  },
  'aws:ssm/parameter:Parameter': {
    calls: [
      {
        service: 'ssm',
        operation: 'PutParameter',
        members: {
          name: 'Name',
          description: 'Description',
          insecureValue: 'Value',
          type: 'Type',
          tier: 'Tier',
          tags,
        },
      },
    ],
  },
};

function parameters(value: unknown): readonly object[] {
  return listOf(value).map(({ name, value: set, applyMethod = 'immediate' }) => ({
    ParameterName: name,
    ParameterValue: set,
    ApplyMethod: applyMethod,
  }));
}

function pairsOfParameters(value: unknown): readonly object[] {
  return listOf(value).map(({ name, value: set }) => ({ ParameterName: name, ParameterValue: set }));
}

/** Each with its keys capitalised, and one of them written in another way. */
function renamed(value: unknown, from: string, to: string): readonly object[] {
  return listOf(pascal(value)).map(({ [from]: moved, ...others }) => ({ ...others, [to]: moved }));
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value : [];
}
