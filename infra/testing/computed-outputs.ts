/** What the program takes from the outputs of resources and only AWS knows: what providers that pretend have to make up. */
export const computed: readonly string[] = [
  'address',
  'arn',
  'arnSuffix',
  'bucket',
  'certificateArn',
  'dnsName',
  'endpoint',
  'fqdn',
  'keyId',
  'name',
  'primaryEndpointAddress',
  'registryId',
  'repoDigest',
  'repositoryUrl',
  'resourceId',
  'zoneId',
];
