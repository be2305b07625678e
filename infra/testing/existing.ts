/** Subnets of a VPC that exists already, but public ones: behind a load balancer of others nobody names those. */
export const existingVpcBehindListener = {
  existingVpcId: 'vpc-0a1b2c3d',
  existingPrivateSubnetIds: 'subnet-b0000000,subnet-b1111111',
  existingDatabaseSubnetIds: 'subnet-c0000000,subnet-c1111111',
};

/** Settings of a VPC that exists already. */
export const existingVpc = {
  ...existingVpcBehindListener,
  existingPublicSubnetIds: 'subnet-a0000000,subnet-a1111111',
};

/** Settings of a database server that exists already; it needs a VPC that does. */
export const existingDatabase = {
  existingDatabaseIdentifier: 'shared-postgres',
  existingDatabaseSecurityGroupId: 'sg-0a1b2c3d',
  existingDatabaseOwnerSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1a2b3c4d-AbCdEf',
  databaseMaxConnections: '400',
};

/** Settings of a listener that exists already; it needs a VPC that does, without public subnets. */
export const existingListener = {
  domainName: 'api.example.com',
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  firewall: 'off',
  existingListenerArn:
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2',
  existingLoadBalancerSecurityGroupId: 'sg-0a1b2c3d',
  existingListenerPriority: '2000',
};
