import { describe, expect, test } from 'vitest';
import { rejection } from '../release/testing/rejection.ts';
import { assertImagePresent, findImageOfVersion, keepImage, parseImageReference } from './registry.ts';
import { startWireServer } from './testing/wire-server.ts';

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

describe('images in ECR', () => {
  test('one that is there is present, in the registry of its account', async () => {
    const asked: unknown[] = [];
    await using aws = await startWireServer({
      DescribeImages: (input) => {
        asked.push(input);
        return { body: { imageDetails: [{ imageDigest: digest }] } };
      },
    });
    await assertImagePresent(aws.clients.ecr, { version: '1.0.0-x', image });
    expect(asked).toEqual([
      { registryId: '123456789012', repositoryName: 'nest-fargate-staging', imageIds: [{ imageDigest: digest }] },
    ]);
  });

  test.each(['ImageNotFoundException', 'RepositoryNotFoundException'])('%s: it is gone', async (error) => {
    await using aws = await startWireServer({ DescribeImages: () => ({ error }) });
    const failure = await rejection(assertImagePresent(aws.clients.ecr, { version: '1.0.0-x', image }));
    expect(failure.code).toBe('IMAGE_GONE');
    expect(failure.message).toBe(
      `The image of 1.0.0-x is no longer in the registry: nest-fargate-staging has no ${digest}.`,
    );
  });

  test('an image of target local is refused with the reason', async () => {
    await using aws = await startWireServer({});
    const failure = await rejection(
      assertImagePresent(aws.clients.ecr, { version: '1.0.0-x', image: 'nest-fargate:1.0.0-x' }),
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
