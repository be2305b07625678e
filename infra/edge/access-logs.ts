import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketLifecycleConfiguration } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js';
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import * as pulumi from '@pulumi/pulumi';
import { accountIdOf } from '../foundation/account.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Private bucket for the access logs of a load balancer, with expiration by age. ELB supports only SSE-S3 encryption, the
 * default of every bucket.
 */
export function createAccessLogs(
  name: string,
  { settings, naming }: { readonly settings: Settings; readonly naming: Naming },
  parent: pulumi.Resource,
): { readonly bucket: pulumi.Output<string>; readonly permission: pulumi.Resource } {
  const bucket = new Bucket(
    `${name}-logs`,
    {
      bucketPrefix: `${physicalName(naming, 'logs', 'bucketPrefix')}-`,
      forceDestroy: !settings.deletionProtection,
      tags: naming.tags,
    },
    { parent },
  );
  const closed = new BucketPublicAccessBlock(
    `${name}-logs`,
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  new BucketLifecycleConfiguration(
    `${name}-logs`,
    {
      bucket: bucket.id,
      rules: [
        {
          id: 'expire',
          status: 'Enabled',
          filter: {},
          expiration: { days: settings.edge.accessLogRetentionDays },
          // Parts of an upload that was never completed are billed but not listed, and expiration ignores them.
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    { parent },
  );
  const permission = new BucketPolicy(
    `${name}-logs`,
    { bucket: bucket.id, policy: pulumi.jsonStringify(policy(bucket.arn, accountIdOf(parent))) },
    { parent, dependsOn: [closed] },
  );
  return { bucket: bucket.bucket, permission };
}

/**
 * ELB writes below the id of the load balancer's account, so the path limits writes to load balancers of this account.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 */
function policy(bucketArn: pulumi.Output<string>, accountId: pulumi.Output<string>) {
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'LoadBalancerWritesLogs',
        Effect: 'Allow',
        Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
      },
      {
        Sid: 'RefuseUnencryptedTransport',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [bucketArn, objects],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}
