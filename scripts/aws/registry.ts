import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  ImageAlreadyExistsException,
  type ImageDetail,
  ImageNotFoundException,
  ImageTagAlreadyExistsException,
  LayerInaccessibleException,
  LayersNotFoundException,
  PutImageCommand,
  paginateDescribeImages,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import { z } from 'zod';
import type { Release } from '../../infra/release/release.ts';
import { Refusal } from '../messages/user-error.ts';
import type { BuiltElsewhere } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';

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

/** A client for the region in which an image is: an environment runs images of another one's registry. */
export function registryOf({ ecr, region, config }: Pick<AwsClients, 'ecr' | 'region' | 'config'>, image: string) {
  const [, home = region] = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./.exec(image) ?? [];
  return home === region ? ecr : new ECRClient({ ...config, region: home });
}

/**
 * An image that somebody has pushed to the repository of the environment: the one that its tasks may pull from. What it
 * tells about itself is in no answer of ECR, so it is named after its digest.
 */
export function builtElsewhere({ repository }: Pick<AwsNames, 'repository'>, image: string): BuiltElsewhere {
  const reference = parseImageReference(image);
  if (reference?.repositoryName === repository) {
    const { digest } = reference;
    return { version: `image-${digest.replace(/^sha256:/, '').slice(0, 12)}`, image, digest, commit: 'unknown' };
  }
  throw new Refusal({
    code: 'IMAGE_FOREIGN',
    message: `${image} is not a digest in the repository ${repository}.`,
    rule: 'What runs on AWS is an image in ECR, referred to by its digest: a tag can be moved.',
    remedy: `Push it to ${repository}, and name it as <account>.dkr.ecr.<region>.amazonaws.com/${repository}@sha256:…`,
  });
}

/**
 * Rejects unless a task can pull exactly this image: with `IMAGE_GONE`, `IMAGE_ARCHIVED` or `IMAGE_NOT_PULLABLE`. It asks
 * for what a pull asks for, the manifest and each layer, because ECR also describes what it does not hand out.
 */
export async function assertImagePullable(
  clients: Pick<AwsClients, 'ecr' | 'region' | 'config'>,
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
  const ecr = registryOf(clients, image);
  await talkToAws(async () => {
    const found = await describeImage(ecr, reference);
    if (found === undefined) throw gone(version, reference);
    assertActive(version, found, reference);
    await assertLayersPullable(ecr, version, reference);
  });
}

/** ECR gives archived images only to those who ask for them. */
async function describeImage(
  ecr: ECRClient,
  { digest, ...repository }: ImageReference,
): Promise<ImageDetail | undefined> {
  for (const filter of [undefined, { imageStatus: 'ANY' } as const]) {
    const asked = { ...repository, imageIds: [{ imageDigest: digest }], ...(filter === undefined ? {} : { filter }) };
    try {
      const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand(asked));
      const found = imageDetails.find(({ imageDigest }) => imageDigest === digest);
      if (found !== undefined) return found;
    } catch (error) {
      if (error instanceof RepositoryNotFoundException) return undefined;
      if (!(error instanceof ImageNotFoundException)) throw error;
    }
  }
  return undefined;
}

function gone(version: string, { repositoryName, digest }: ImageReference): Refusal {
  return new Refusal({
    code: 'IMAGE_GONE',
    message: `The image of ${version} is no longer in the registry: ${repositoryName} has no ${digest}.`,
    rule: 'A release is never rebuilt: only what was tested is deployed again. imageRetentionCount says how many images are kept.',
    remedy: 'Choose a later release, or check out its commit and deploy that as a new one.',
  });
}

function assertActive(
  version: string,
  { imageStatus = 'ACTIVE' }: ImageDetail,
  { repositoryName, digest }: ImageReference,
): void {
  if (imageStatus === 'ACTIVE') return;
  throw new Refusal({
    code: 'IMAGE_ARCHIVED',
    message: `The image of ${version} is in the archive of the registry (${imageStatus}): ${repositoryName}, ${digest}.`,
    rule: 'Archived images cannot be pulled: https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html',
    remedy:
      imageStatus === 'ACTIVATING'
        ? 'It is being restored: wait until that has ended, and run the command again.'
        : `Restore it and run the command again: aws ecr update-image-storage-class --repository-name ${repositoryName} --image-id imageDigest=${digest} --target-storage-class STANDARD`,
  });
}

const blob = z.object({ digest: z.string() });
/** An image, or an index of images for several platforms: https://github.com/opencontainers/image-spec */
const manifestSchema = z.object({
  config: blob.optional(),
  layers: z.array(blob).default([]),
  manifests: z.array(blob.extend({ platform: z.object({ os: z.string() }).optional() })).default([]),
});

async function assertLayersPullable(ecr: ECRClient, version: string, reference: ImageReference): Promise<void> {
  const { digest: imageDigest, ...repository } = reference;
  const imageIds = [{ imageDigest }];
  const { images = [], failures = [] } = await ecr.send(new BatchGetImageCommand({ ...repository, imageIds }));
  const text = images[0]?.imageManifest;
  if (text === undefined) {
    const [failure] = failures;
    throw notPullable(
      version,
      reference,
      `ECR gives no manifest${failure === undefined ? '' : ` (${failure.failureCode}: ${failure.failureReason})`}`,
    );
  }
  const { config, layers, manifests } = manifestSchema.parse(JSON.parse(text));
  const digests = [...(config === undefined ? [] : [config]), ...layers].map(({ digest }) => digest);
  await Promise.all(
    digests.map(async (layerDigest) => {
      try {
        await ecr.send(new GetDownloadUrlForLayerCommand({ ...repository, layerDigest }));
      } catch (error) {
        const missing = error instanceof LayersNotFoundException || error instanceof LayerInaccessibleException;
        throw missing ? notPullable(version, reference, `ECR does not give ${layerDigest} (${error.name})`) : error;
      }
    }),
  );
  // Attestations are listed beside the images, for a platform called unknown.
  const platforms = manifests.filter(({ platform }) => platform?.os !== 'unknown');
  await Promise.all(platforms.map(({ digest }) => assertLayersPullable(ecr, version, { ...reference, digest })));
}

function notPullable(version: string, { repositoryName, digest }: ImageReference, why: string): Refusal {
  return new Refusal({
    code: 'IMAGE_NOT_PULLABLE',
    message: `The image of ${version} cannot be pulled from ${repositoryName} (${digest}): ${why}.`,
    rule: 'A release is never rebuilt: only what was tested is deployed again.',
    remedy: 'Choose another release, or check out its commit and deploy that as a new one.',
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
 * `<version>-<build>`, and equal versions have equal content. Rejects with `IMAGE_ARCHIVED` where it cannot be pulled.
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
      // An archived image still has its tag, which cannot be pushed again.
      const filter = { tagStatus: 'TAGGED', imageStatus: 'ANY' } as const;
      for await (const page of paginateDescribeImages({ client: ecr }, { repositoryName, filter })) {
        found.push(...(page.imageDetails ?? []).filter(({ imageTags = [] }) => imageTags.some(isOf(version))));
      }
      const [latest] = found.toSorted((a, b) => (b.imagePushedAt?.getTime() ?? 0) - (a.imagePushedAt?.getTime() ?? 0));
      if (latest?.imageDigest === undefined) return undefined;
      assertActive(version, latest, { repositoryName, digest: latest.imageDigest });
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
