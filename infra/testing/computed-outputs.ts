/** Outputs that the program uses and only AWS knows. Fake providers have to generate them. */
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
