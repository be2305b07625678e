import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { getAuthorizationTokenOutput } from '@pulumi/aws/ecr/getAuthorizationToken.js';
import type { Repository } from '@pulumi/aws/ecr/repository.js';
import { Image as DockerImage } from '@pulumi/docker/image.js';
import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import type { Naming } from '../foundation/naming.ts';
import { type App, migrationSourceOf } from '../manifest/app.ts';
import type { Release } from '../release/release.ts';
import { type ReleaseSource, readReleaseSource } from '../release/work-tree.ts';
import type { Settings } from '../settings/settings.ts';
import { createRepository } from './registry.ts';

export interface ImageArgs {
  readonly app: App;
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly projectDirectory: string;
}

/**
 * The image repository of the environment, and the image that it runs: that of the pinned release, or one built from the
 * work tree. Every reference is by digest, so what was tested is what runs.
 *
 * Cost: ECR storage per GB, about one image per release.
 * Change: `release` and a change of the app start a rollout. `cpuArchitecture` and `nodeBaseImage` rebuild the image.
 * Unless `registryRetained` is false, the repository outlives the environment, because others may run its images. An
 * environment of the same name takes it over with `stack up <environment> --target aws --adopt image`.
 */
export class Image extends pulumi.ComponentResource {
  readonly reference: pulumi.Output<string>;
  /** Repository of the environment. A promoted image may be in another one. */
  readonly repositoryUrl: pulumi.Output<string>;
  /** Repository of the running image: the one that tasks may pull from. */
  readonly repositoryArn: pulumi.Output<string>;
  readonly release: pulumi.Output<Release>;
  /** Of the release: known before its image is. */
  readonly version: string;
  readonly commit: string;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Image', name, {}, opts);
    const { settings } = args;
    const repository = createRepository(name, args, this);
    const { pinned } = settings.release;
    this.repositoryUrl = repository.repositoryUrl;
    if (pinned === undefined) {
      const source = readReleaseSource(
        args.projectDirectory,
        settings.release.appDirectory,
        migrationSourceOf(args.app),
        args.app.build,
      );
      this.version = source.version;
      this.commit = source.commit;
      this.reference = build(name, repository, source, args, this).repoDigest;
      this.repositoryArn = repository.arn;
      this.release = this.reference.apply((image) => builtRelease(source, image));
    } else {
      this.version = pinned.version;
      this.commit = pinned.commit;
      this.reference = pulumi.output(pinned.image);
      this.repositoryArn = pulumi.output(repositoryArnOf(pinned.image));
      this.release = pulumi.output(pinned);
    }
    this.registerOutputs({ reference: this.reference, repositoryUrl: this.repositoryUrl });
  }
}

function build(
  name: string,
  repository: Repository,
  source: ReleaseSource,
  { settings, projectDirectory }: ImageArgs,
  parent: pulumi.Resource,
): DockerImage {
  const { nodeBaseImage, cpuArchitecture } = settings.release;
  const platform = cpuArchitecture === 'ARM64' ? 'linux/arm64' : 'linux/amd64';
  const project = relative(process.cwd(), projectDirectory) || '.';
  const context = source.context === '.' ? project : `${project}/${source.context}`;
  const tag = `${source.version}-${buildId([source.commit, source.fileModes, platform, nodeBaseImage ?? ''])}`;
  const token = getAuthorizationTokenOutput({ registryId: repository.registryId }, { parent });
  return new DockerImage(
    name,
    {
      imageName: pulumi.interpolate`${repository.repositoryUrl}:${tag}`,
      buildOnPreview: false,
      build: {
        // Relative: an absolute path would differ between machines and cause a build on each.
        context,
        dockerfile: `${project}/${source.dockerfile}`,
        builderVersion: 'BuilderBuildKit',
        platform,
        ...(source.target === undefined ? {} : { target: source.target }),
        args: {
          ...source.args,
          RELEASE_VERSION: source.version,
          RELEASE_COMMIT: source.commit,
          ...(nodeBaseImage === undefined ? {} : { NODE_BASE_IMAGE: nodeBaseImage }),
        },
      },
      registry: { server: repository.repositoryUrl, username: token.userName, password: pulumi.secret(token.password) },
    },
    { parent },
  );
}

/**
 * Tags are immutable, so another build of the same version needs another tag: after a revert, or for another CPU
 * architecture. The id covers every input besides the content that makes @pulumi/docker build again.
 */
function buildId(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 8);
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>@…` */
function repositoryArnOf(reference: string): string {
  const [, account, region, suffix, repository] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\/([^@:]+)/.exec(reference) ?? [];
  if (account === undefined) return reference;
  return `arn:aws${suffix === undefined ? '' : '-cn'}:ecr:${region}:${account}:repository/${repository}`;
}

function builtRelease({ version, commit, migrations }: ReleaseSource, image: string): Release {
  const [, digest = image] = /@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  return { version, image, digest, commit, migrations };
}
