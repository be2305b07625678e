import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import { BucketServerSideEncryptionConfiguration } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js';
import { BucketVersioning } from '@pulumi/aws/s3/bucketVersioning.js';
import { Topic } from '@pulumi/aws/sns/topic.js';
import { Queue } from '@pulumi/aws/sqs/queue.js';
import { jsonStringify } from '@pulumi/pulumi';
import type { OwnModule } from '../../../infra/compute/own-resources.ts';

/** A bucket whose objects have versions, a queue with another one for what fails, and a topic, which nothing stands in for. */
export const resources: OwnModule['resources'] = ({ naming, parent }) => {
  const { prefix, tags } = naming;
  const bucket = new Bucket(
    'files',
    { bucketPrefix: `${prefix}-files-`, tags },
    // What the app writes outlives the environment.
    { parent, retainOnDelete: true },
  );
  new BucketVersioning(
    'files',
    { bucket: bucket.bucket, versioningConfiguration: { status: 'Enabled' } },
    { parent, retainOnDelete: true },
  );
  new BucketPublicAccessBlock(
    'files',
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  new BucketServerSideEncryptionConfiguration(
    'files',
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] },
    { parent, retainOnDelete: true },
  );
  const failed = new Queue('failed-jobs', { namePrefix: `${prefix}-failed-`, tags }, { parent });
  const jobs = new Queue(
    'jobs',
    {
      name: `${prefix}-jobs`,
      visibilityTimeoutSeconds: 1,
      redrivePolicy: jsonStringify({ deadLetterTargetArn: failed.arn, maxReceiveCount: 1 }),
      kmsMasterKeyId: 'alias/aws/sqs',
      tags,
    },
    { parent },
  );
  const topic = new Topic('news', { namePrefix: `${prefix}-news-`, tags }, { parent });
  return { api: { FILES_BUCKET: bucket.bucket, JOBS_QUEUE: jobs.url, FAILED_QUEUE: failed.url, TOPIC: topic.arn } };
};
