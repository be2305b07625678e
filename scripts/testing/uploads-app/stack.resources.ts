import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import type { OwnModule } from '../../../infra/compute/own-resources.ts';

/** A private bucket for uploads. It stays when the environment is deleted. */
export const resources: OwnModule['resources'] = ({ naming, parent }) => {
  const bucket = new Bucket(
    'uploads',
    { bucketPrefix: `${naming.prefix}-uploads-`, tags: naming.tags },
    { parent, retainOnDelete: true },
  );
  new BucketPublicAccessBlock(
    'uploads',
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  return { api: { UPLOADS_BUCKET: bucket.bucket } };
};

export const workflows: OwnModule['workflows'] = [
  {
    actions: ['s3:CreateBucket', 's3:PutBucketPublicAccessBlock', 's3:PutBucketTagging'],
    resources: ['arn:{partition}:s3:::nest-fargate-{environment}-uploads-*'],
  },
];
