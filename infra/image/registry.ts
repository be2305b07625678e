import { LifecyclePolicy } from '@pulumi/aws/ecr/lifecyclePolicy.js';
import { Repository } from '@pulumi/aws/ecr/repository.js';
import { RepositoryPolicy } from '@pulumi/aws/ecr/repositoryPolicy.js';
import type * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';

export interface RegistryArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

/** The repository of the environment, with its lifecycle policy and the accounts that may pull from it. */
export function createRepository(
  name: string,
  { settings, naming, encryption }: RegistryArgs,
  parent: pulumi.Resource,
): Repository {
  const { keyArn } = encryption;
  const repository = new Repository(
    name,
    {
      name: physicalName(naming, ''),
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [
        keyArn === undefined ? { encryptionType: 'AES256' } : { encryptionType: 'KMS', kmsKey: keyArn },
      ],
      forceDelete: !settings.deletionProtection,
      tags: naming.tags,
    },
    { parent, retainOnDelete: settings.release.registryRetained },
  );
  new LifecyclePolicy(
    name,
    { repository: repository.name, policy: lifecyclePolicy(settings.release.retentionCount) },
    { parent },
  );
  letOthersPull(name, repository, settings, parent);
  return repository;
}

/** Environments in the same account need no repository policy: their roles' policies suffice. */
function letOthersPull(
  name: string,
  { name: repository }: Repository,
  settings: Settings,
  parent: pulumi.Resource,
): void {
  const { pullAccountIds } = settings.release;
  if (pullAccountIds.length === 0) return;
  const partition = partitionOf(settings.region);
  const statement = {
    Sid: 'PullFromOtherAccounts',
    Effect: 'Allow',
    Principal: { AWS: pullAccountIds.map((id) => `arn:${partition}:iam::${id}:root`) },
    // DescribeImages: a promotion and a rollback ask whether the image is still there, before they change anything.
    Action: [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:DescribeImages',
      'ecr:GetDownloadUrlForLayer',
    ],
  };
  new RepositoryPolicy(
    name,
    { repository, policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) },
    { parent },
  );
}

/**
 * Retains images by count, not by age: a release that has run for a year must remain a rollback target. No image is
 * untagged, because tags are immutable.
 *
 * Promoted images are tagged `keep-…` and counted separately: "an image that matches the tagging requirements of a rule
 * cannot be expired by a rule with a lower priority", so builds of staging never expire what prod runs or may roll back
 * to. https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
function lifecyclePolicy(retentionCount: number): string {
  const count = { countType: 'imageCountMoreThan', countNumber: retentionCount };
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: `Keep the last ${retentionCount} promoted images`,
        selection: { tagStatus: 'tagged', tagPrefixList: ['keep-'], ...count },
        action: { type: 'expire' },
      },
      {
        // ECR requires a rule for any tag to have the lowest priority.
        rulePriority: 2,
        description: `Keep the last ${retentionCount} images`,
        selection: { tagStatus: 'any', ...count },
        action: { type: 'expire' },
      },
    ],
  });
}
