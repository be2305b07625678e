import { describe, expect, test } from 'vitest';
import { rejection } from '../release/testing/rejection.ts';
import { assertImagePullable, findImageOfVersion, keepImage, parseImageReference, registryOf } from './registry.ts';
import { type Handlers, startWireServer } from './testing/wire-server.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const registry = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const image = `${registry}/nest-fargate-staging@${digest}`;

describe('image references', () => {
  test.each([
    [image, { registryId: '123456789012', repositoryName: 'nest-fargate-staging', digest }],
    [`${registry}/team/api:1.0.0-x@${digest}`, { registryId: '123456789012', repositoryName: 'team/api', digest }],
    [`${registry}/nest-fargate-staging:1.0.0`, undefined],
    [`node@${digest}`, undefined],
    [`127.0.0.1:4566/api@${digest}`, { repositoryName: 'api', digest }],
    ['', undefined],
  ])('%s', (reference, parsed) => {
    expect(parseImageReference(reference)).toEqual(parsed);
  });
});

describe('the registry of an image', () => {
  test.each([
    [image, 'eu-central-1'],
    [image.replace('eu-central-1', 'us-east-1'), 'us-east-1'],
    [image.replace('.ecr.', '.ecr-fips.').replace('eu-central-1', 'us-gov-west-1'), 'us-gov-west-1'],
    [`127.0.0.1:4566/api@${digest}`, 'eu-central-1'],
  ])('%s is asked in %s', async (reference, region) => {
    await using aws = await startWireServer({});
    const client = registryOf(aws.clients, reference);
    expect(await client.config.region()).toBe(region);
    expect(await client.config.credentials()).toMatchObject({ accessKeyId: 'test' });
  });
});

describe('images in ECR', () => {
  const manifests: Readonly<Record<string, object>> = {
    [digest]: {
      manifests: [
        { digest: other, platform: { os: 'linux' } },
        { digest: 'sha256:attestation', platform: { os: 'unknown' } },
      ],
    },
    [other]: { config: { digest: 'sha256:config' }, layers: [{ digest: 'sha256:one' }, { digest: 'sha256:two' }] },
  };
  const pull: Handlers = {
    DescribeImages: () => ({ body: { imageDetails: [{ imageDigest: digest, imageStatus: 'ACTIVE' }] } }),
    BatchGetImage: (input) => {
      const [{ imageDigest }] = input['imageIds'] as [{ imageDigest: string }];
      return { body: { images: [{ imageManifest: JSON.stringify(manifests[imageDigest]) }] } };
    },
    GetDownloadUrlForLayer: () => ({ body: { downloadUrl: 'https://example.com' } }),
  };
  const refused = async (handlers: Handlers) => {
    await using aws = await startWireServer({ ...pull, ...handlers });
    return await rejection(assertImagePullable(aws.clients, { version: '1.0.0-x', image }));
  };

  test('one is pullable when ECR gives its manifest and each of its layers, in the registry of its account', async () => {
    const asked: unknown[] = [];
    const layers: unknown[] = [];
    await using aws = await startWireServer({
      ...pull,
      DescribeImages: (input) => {
        asked.push(input);
        return { body: { imageDetails: [{ imageDigest: digest }] } };
      },
      GetDownloadUrlForLayer: (input) => {
        layers.push(input['layerDigest']);
        return { body: {} };
      },
    });
    await assertImagePullable(aws.clients, { version: '1.0.0-x', image });
    expect(asked).toEqual([
      { registryId: '123456789012', repositoryName: 'nest-fargate-staging', imageIds: [{ imageDigest: digest }] },
    ]);
    expect(layers.toSorted()).toEqual(['sha256:config', 'sha256:one', 'sha256:two']);
  });

  test.each([
    ['ARCHIVED', /^Restore it and run the command again: aws ecr update-image-storage-class --repository-name /],
    ['ACTIVATING', /^It is being restored: wait/],
  ])('one that is %s exists and cannot be pulled', async (imageStatus, remedy) => {
    // ECR describes archived images to those who ask for them only.
    const failure = await refused({
      DescribeImages: (input) =>
        input['filter'] === undefined
          ? { error: 'ImageNotFoundException' }
          : { body: { imageDetails: [{ imageDigest: digest, imageStatus }] } },
    });
    expect(failure).toMatchObject({
      code: 'IMAGE_ARCHIVED',
      message: `The image of 1.0.0-x is in the archive of the registry (${imageStatus}): nest-fargate-staging, ${digest}.`,
      remedy: expect.stringMatching(remedy),
    });
  });

  test('one whose manifest or layer ECR does not give cannot be pulled', async () => {
    expect(
      await refused({
        BatchGetImage: () => ({
          body: { failures: [{ failureCode: 'ImageInaccessible', failureReason: 'its key is disabled' }] },
        }),
      }),
    ).toMatchObject({
      code: 'IMAGE_NOT_PULLABLE',
      message: `The image of 1.0.0-x cannot be pulled from nest-fargate-staging (${digest}): ECR gives no manifest (ImageInaccessible: its key is disabled).`,
    });
    expect(await refused({ GetDownloadUrlForLayer: () => ({ error: 'LayersNotFoundException' }) })).toMatchObject({
      code: 'IMAGE_NOT_PULLABLE',
      message: expect.stringMatching(/ECR does not give sha256:\w+ \(LayersNotFoundException\)\.$/),
    });
  });

  test('a version whose image is archived is not built again: its tag is taken', async () => {
    const filters: unknown[] = [];
    await using aws = await startWireServer({
      DescribeImages: (input) => {
        filters.push(input['filter']);
        const imageTags = ['1.0.0-0123456789ab-11111111'];
        return { body: { imageDetails: [{ imageDigest: digest, imageTags, imageStatus: 'ARCHIVED' }] } };
      },
    });
    const finding = findImageOfVersion(aws.clients.ecr, `${registry}/nest-fargate-staging`, '1.0.0-0123456789ab');
    expect((await rejection(finding)).code).toBe('IMAGE_ARCHIVED');
    expect(filters).toEqual([{ tagStatus: 'TAGGED', imageStatus: 'ANY' }]);
  });

  test.each(['ImageNotFoundException', 'RepositoryNotFoundException'])('%s: it is gone', async (error) => {
    await using aws = await startWireServer({ DescribeImages: () => ({ error }) });
    const failure = await rejection(assertImagePullable(aws.clients, { version: '1.0.0-x', image }));
    expect(failure.code).toBe('IMAGE_GONE');
    expect(failure.message).toBe(
      `The image of 1.0.0-x is no longer in the registry: nest-fargate-staging has no ${digest}.`,
    );
  });

  test('an image of target local is refused with the reason', async () => {
    await using aws = await startWireServer({});
    const failure = await rejection(
      assertImagePullable(aws.clients, { version: '1.0.0-x', image: 'nest-fargate:1.0.0-x' }),
    );
    expect(failure.code).toBe('IMAGE_FOREIGN');
    expect(aws.calls).toEqual([]);
  });

  test('a version is found by its tags, the latest build first, and not by a longer version', async () => {
    await using aws = await startWireServer({
      DescribeImages: (input) =>
        input['nextToken'] === undefined
          ? {
              body: {
                nextToken: 'more',
                imageDetails: [
                  { imageDigest: other, imageTags: ['1.0.0-0123456789ab-11111111'], imagePushedAt: 1_795_000_000 },
                  { imageDigest: other, imageTags: ['1.0.0-0123456789ab-22222222-x'], imagePushedAt: 1_795_000_300 },
                  { imageDigest: other, imageTags: ['1.0.0-0123456789abc-1'], imagePushedAt: 1_795_000_300 },
                ],
              },
            }
          : {
              body: {
                imageDetails: [
                  { imageDigest: digest, imageTags: ['1.0.0-0123456789ab-22222222'], imagePushedAt: 1_795_000_200 },
                ],
              },
            },
    });
    expect(await findImageOfVersion(aws.clients.ecr, `${registry}/nest-fargate-staging`, '1.0.0-0123456789ab')).toEqual(
      {
        image,
        digest,
      },
    );
  });

  test('one that another environment built is tagged, so that its next builds do not push it out', async () => {
    const put: unknown[] = [];
    await using aws = await startWireServer({
      BatchGetImage: () => ({
        body: { images: [{ imageManifest: '{}', imageManifestMediaType: 'application/json' }] },
      }),
      PutImage: (input, call) => {
        put.push(input);
        if (call === 1) return { body: { image: {} } };
        return { error: call === 2 ? 'ImageAlreadyExistsException' : 'ImageTagAlreadyExistsException' };
      },
    });
    for (const _ of ['first', 'second', 'third']) {
      await keepImage(aws.clients.ecr, 'prod', { version: '1.0.0-x', image });
    }
    expect(put[0]).toEqual({
      registryId: '123456789012',
      repositoryName: 'nest-fargate-staging',
      imageManifest: '{}',
      imageManifestMediaType: 'application/json',
      imageTag: 'keep-prod-1.0.0-x-aaaaaaaa',
    });
    expect(put).toHaveLength(3);
  });

  test('nothing is found where there is no repository', async () => {
    await using aws = await startWireServer({ DescribeImages: () => ({ error: 'RepositoryNotFoundException' }) });
    expect(
      await findImageOfVersion(aws.clients.ecr, `${registry}/nest-fargate-staging`, '1.0.0-0123456789ab'),
    ).toBeUndefined();
  });
});
