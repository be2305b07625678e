import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  type ECRClient,
  ImageAlreadyExistsException,
  type ImageDetail,
  ImageNotFoundException,
  ImageTagAlreadyExistsException,
  PutImageCommand,
  paginateDescribeImages,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import type { Release } from '../../infra/release/release.ts';
import { Refusal } from '../messages/user-error.ts';
import { talkToAws } from './aws-errors.ts';

interface ImageReference {
  /** Account of the registry; absent if its address does not have it. */
  readonly registryId?: string;
  readonly repositoryName: string;
  readonly digest: string;
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:<tag>]@sha256:…`, and ECR under its other addresses. */
export function parseImageReference(image: string): ImageReference | undefined {
  const match = /^([^/]*[.:][^/]*)\/([^@:]+)(?::[^@]+)?@(sha256:[0-9a-f]{64})$/.exec(image);
  if (match === null) return undefined;
  const [, host = '', repositoryName = '', digest = ''] = match;
  const [, registryId] = /^(\d{12})\./.exec(host) ?? [];
  return { repositoryName, digest, ...(registryId === undefined ? {} : { registryId }) };
}

/** Rejects with `IMAGE_GONE` unless ECR has exactly this image. */
export async function assertImagePresent(
  ecr: ECRClient,
  { version, image }: Pick<Release, 'version' | 'image'>,
): Promise<void> {
  const reference = parseImageReference(image);
  if (reference === undefined) {
    throw new Refusal({
      code: 'IMAGE_FOREIGN',
      message: `${version} has the image ${image === '' ? 'of no registry' : image}, which is not a digest in ECR.`,
      rule: 'What runs on AWS is an image in ECR, referred to by its digest.',
      remedy: 'Choose a release that was deployed with --target aws.',
    });
  }
  if (await hasImage(ecr, reference)) return;
  throw new Refusal({
    code: 'IMAGE_GONE',
    message: `The image of ${version} is no longer in the registry: ${reference.repositoryName} has no ${reference.digest}.`,
    rule: 'A release is never rebuilt: only what was tested is deployed again. imageRetentionCount says how many images are kept.',
    remedy: 'Choose a later release, or check out its commit and deploy that as a new one.',
  });
}

async function hasImage(ecr: ECRClient, { registryId, repositoryName, digest }: ImageReference): Promise<boolean> {
  return talkToAws(async () => {
    try {
      const { imageDetails = [] } = await ecr.send(
        new DescribeImagesCommand({
          repositoryName,
          imageIds: [{ imageDigest: digest }],
          ...(registryId === undefined ? {} : { registryId }),
        }),
      );
      return imageDetails.some(({ imageDigest }) => imageDigest === digest);
    } catch (error) {
      if (error instanceof ImageNotFoundException || error instanceof RepositoryNotFoundException) return false;
      throw error;
    }
  });
}

/**
 * Tags an image as one that an environment runs or may go back to. Beside the environment that built it nobody knows of
 * that, and its next builds would push the image out of the registry; the lifecycle counts `keep-` tags apart.
 */
export async function keepImage(
  ecr: ECRClient,
  environment: string,
  { version, image }: Pick<Release, 'version' | 'image'>,
): Promise<void> {
  const reference = parseImageReference(image);
  if (reference === undefined) return;
  const { digest, ...repository } = reference;
  const imageTag = `keep-${environment}-${version}-${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`;
  await talkToAws(async () => {
    const { images = [] } = await ecr.send(
      new BatchGetImageCommand({ ...repository, imageIds: [{ imageDigest: digest }] }),
    );
    const [found] = images;
    if (found?.imageManifest === undefined) return;
    const { imageManifest, imageManifestMediaType } = found;
    try {
      await ecr.send(new PutImageCommand({ ...repository, imageManifest, imageManifestMediaType, imageTag }));
    } catch (error) {
      // It has the tag already: the digest is part of it, so no other image can. Registries call that by either name.
      const kept = error instanceof ImageAlreadyExistsException || error instanceof ImageTagAlreadyExistsException;
      if (!kept) throw error;
    }
  });
}

/**
 * The image of a version in a repository, the latest one where it was built more than once: tags are
 * `<version>-<build>`, and equal versions have equal content.
 * @param repositoryUrl address of the repository, with which the image is referred to
 */
export async function findImageOfVersion(
  ecr: ECRClient,
  repositoryUrl: string,
  version: string,
): Promise<{ readonly image: string; readonly digest: string } | undefined> {
  const repositoryName = repositoryUrl.slice(repositoryUrl.indexOf('/') + 1);
  return talkToAws(async () => {
    const found: ImageDetail[] = [];
    try {
      const filter = { tagStatus: 'TAGGED' } as const;
      for await (const page of paginateDescribeImages({ client: ecr }, { repositoryName, filter })) {
        found.push(...(page.imageDetails ?? []).filter(({ imageTags = [] }) => imageTags.some(isOf(version))));
      }
      const [latest] = found.toSorted((a, b) => (b.imagePushedAt?.getTime() ?? 0) - (a.imagePushedAt?.getTime() ?? 0));
      if (latest?.imageDigest === undefined) return undefined;
      return { image: `${repositoryUrl}@${latest.imageDigest}`, digest: latest.imageDigest };
    } catch (error) {
      if (error instanceof RepositoryNotFoundException) return undefined;
      throw error;
    }
  });
}

function isOf(version: string): (tag: string) => boolean {
  return (tag) => tag.startsWith(`${version}-`) && !tag.slice(version.length + 1).includes('-');
}
