import { writeFileSync } from 'node:fs';
import { z } from 'zod';

import { readBuildFailure } from '../../messages/build-failure.ts';
import { createLogFile } from '../../messages/log-file.ts';
import { answerMs } from '../../messages/tool-deadline.ts';
import { plainLines } from '../../messages/tool-failure.ts';
import { Refusal, UserError } from '../../messages/user-error.ts';
import type { BuiltElsewhere, Progress } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { type Builder, type Engine, exists } from '../engine/engine.ts';
import { csvField } from '../engine/path-arguments.ts';
import { readIfExists } from '../state/files.ts';
import type { ImageBuild } from '../translate/program.ts';

export interface ImageBuildRequest {
  readonly engine: Engine;
  readonly build: ImageBuild;
  /** `repository:version`. */
  readonly reference: string;
  /** Replaces the Dockerfile's default base image where that can't be pulled. */
  readonly nodeBaseImage: string | undefined;
  /** Authorities that Node trusts on this machine besides its own (NODE_EXTRA_CA_CERTS). */
  readonly caFile: string | undefined;
  readonly projectDirectory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What the build may read while it runs; it never becomes part of the image. */
export interface BuildSecrets {
  /** Content of an .npmrc file, handed over in a variable: nothing is left on the disk if the build is killed. */
  readonly npmrc?: string;
  /** A file of certificate authorities. */
  readonly caFile?: string;
}

const npmrcVariable = 'STACK_BUILD_NPMRC';

/** Label with the release's version. */
export const versionLabel = 'org.opencontainers.image.version';

/** Label with the commit that the image was built from. */
const revisionLabel = 'org.opencontainers.image.revision';

const imageSchema = z.object({
  Id: z.string(),
  Size: z.number(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** `undefined`: the engine has no such image. */
export async function inspectImage(
  { api }: Docker,
  reference: string,
): Promise<{ id: string; sizeBytes: number; labels: Readonly<Record<string, string>> } | undefined> {
  const found = await api.get(`/images/${reference}/json`);
  if (found === undefined) return undefined;
  const { Id, Size, Config } = imageSchema.parse(found);
  return { id: Id, sizeBytes: Size, labels: Config?.Labels ?? {} };
}

/**
 * An image of this engine that the stack has not built. Its version is that of its label, which is what it tells about
 * itself; without one it is named after its digest.
 */
export async function describeImage(docker: Docker, reference: string): Promise<BuiltElsewhere> {
  const found = await inspectImage(docker, reference);
  if (found === undefined) {
    throw new Refusal({
      code: 'IMAGE_NOT_HERE',
      message: `There is no image ${reference} on this engine.`,
      remedy: `Pull or build it first: docker pull ${reference}`,
    });
  }
  const { [versionLabel]: version = '', [revisionLabel]: revision = '' } = found.labels;
  return {
    version: /^[0-9A-Za-z][0-9A-Za-z.-]{0,127}$/.test(version)
      ? version
      : `image-${found.id.replace(/^sha256:/, '').slice(0, 12)}`,
    image: reference,
    digest: found.id,
    commit: /^[0-9a-f]{7,64}(-dirty)?$/.test(revision) ? revision : 'unknown',
  };
}

/** Creating a container waits for the disk, and for nothing else. */
const createTimeoutMs = 60_000;

/**
 * Why no container of an image can be started, in the engine's words; `undefined` where one can. The engine also describes
 * images of which layers are missing on the disk, so one is created and removed again.
 */
export async function whyNotStartable(docker: Docker, id: string): Promise<string | undefined> {
  const asked = ['create', '--pull', 'never', '--network', 'none', id];
  const { exitCode, stdout, stderr } = await docker.attempt(asked, { timeoutMs: createTimeoutMs });
  if (exitCode !== 0) return stderr.trim();
  await docker.run(['rm', '--force', stdout.trim()]);
  return undefined;
}

/** Id of the image, if this version of it was built before; equal versions have equal content. */
export async function findImage({ docker }: Pick<Engine, 'docker'>, reference: string): Promise<string | undefined> {
  const image = await inspectImage(docker, reference);
  return image?.labels[versionLabel] === reference.slice(reference.lastIndexOf(':') + 1) ? image?.id : undefined;
}

/** Builds the image as the program's own image resource says. @returns its id */
export async function buildImage(request: ImageBuildRequest): Promise<string> {
  const { engine, reference, projectDirectory, progress, signal } = request;
  const secrets = await npmSecrets(request.caFile);
  const lines: string[] = [];
  const { exitCode } = await engine.docker.attempt(buildArguments(request, secrets), {
    // The program names its files from where Pulumi runs it: the project's directory.
    directory: projectDirectory,
    signal,
    variables: { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain', [npmrcVariable]: secrets.npmrc ?? '' },
    onLine: (line) => {
      lines.push(line);
      const step = /^#\d+ (\[[^\]]+\] (?:RUN|COPY|FROM).*)$/.exec(line)?.[1];
      if (step !== undefined) progress.detail(step.replaceAll(/--mount=\S+ +/g, ''));
    },
  });
  if (exitCode !== 0) throw buildFailed(request, lines);
  const id = await findImage(engine, reference);
  if (id !== undefined) return id;
  throw new Error(`The build left no image ${reference} with its version in the label ${versionLabel}.`);
}

/** The command line of the build; `build.args` are those of the program. */
export function buildArguments(
  {
    engine,
    build,
    reference,
    nodeBaseImage,
  }: Pick<ImageBuildRequest, 'build' | 'reference' | 'nodeBaseImage'> & {
    readonly engine: { readonly builder: Builder };
  },
  { npmrc, caFile }: BuildSecrets,
): string[] {
  const args = nodeBaseImage === undefined ? build.args : { ...build.args, NODE_BASE_IMAGE: nodeBaseImage };
  return [
    // Attestations would turn the image into an index, and its id into that of the index. A base image that exists on
    // this engine only is seen by the engine's own builder, which is the default one.
    ...(engine.builder === 'buildx' ? ['buildx', 'build', '--load', '--provenance=false', '--sbom=false'] : ['build']),
    ...(engine.builder === 'buildx' && nodeBaseImage !== undefined ? ['--builder', 'default'] : []),
    '--file',
    build.dockerfile,
    '--tag',
    reference,
    // Not the Dockerfile's to write: an app has it without knowing the stack.
    '--label',
    `${versionLabel}=${reference.slice(reference.lastIndexOf(':') + 1)}`,
    ...(build.target === undefined ? [] : ['--target', build.target]),
    ...(build.platform === undefined ? [] : ['--platform', build.platform]),
    // The machine's own ways to the package registry, such as a resolver on the loopback interface.
    '--network',
    'host',
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...(npmrc === undefined ? [] : ['--secret', `id=npmrc,env=${npmrcVariable}`]),
    ...(caFile === undefined ? [] : ['--secret', `id=ca,${csvField(`src=${caFile}`)}`]),
    build.context,
  ];
}

/** How this machine reaches its package registry: registry, credentials and certificate authorities, if set. */
async function npmSecrets(extraAuthorities: string | undefined): Promise<BuildSecrets> {
  const { registry, cafile, userconfig } = await npmConfig();
  const own = userconfig === undefined ? '' : ((await readIfExists(userconfig)) ?? '');
  const npmrc = renderNpmrc(own, registry);
  const caFile = cafile ?? extraAuthorities;
  const usable = caFile !== undefined && (await exists(caFile));
  return { ...(npmrc === '' ? {} : { npmrc }), ...(usable ? { caFile } : {}) };
}

/** The user's own file without paths of this machine, and the registry that is in effect. */
export function renderNpmrc(own: string, registry: string | undefined): string {
  const kept = own
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*(cafile|cache|prefix|nodedir|registry)\s*=/.test(line));
  return [...kept, ...(registry === undefined ? [] : [`registry=${registry}`])].map((line) => `${line}\n`).join('');
}

type NpmConfig = Readonly<Partial<Record<'registry' | 'cafile' | 'userconfig', string>>>;

/** One start of npm for all of them: each takes a fifth of a second. */
async function npmConfig(): Promise<NpmConfig> {
  const { execa } = await import('execa');
  const asked = ['config', 'get', 'registry', 'cafile', 'userconfig'];
  const { stdout, exitCode } = await execa('npm', asked, { reject: false, timeout: answerMs });
  return exitCode === 0 ? readNpmConfig(stdout) : {};
}

/** `key=value` lines; what is not set is `null` or `undefined`. */
export function readNpmConfig(text: string): NpmConfig {
  const lines = text.split('\n').map((line) => /^(registry|cafile|userconfig)=(.+)$/.exec(line));
  const set = lines.flatMap((found) => (found === null ? [] : [[found[1], found[2]] as const]));
  return Object.fromEntries(set.filter(([, value]) => value !== 'null' && value !== 'undefined'));
}

function buildFailed({ projectDirectory, reference }: ImageBuildRequest, lines: readonly string[]): UserError {
  const { summary, block } = readBuildFailure(lines);
  const log = createLogFile(projectDirectory, 'image-build');
  writeFileSync(log, `${lines.flatMap(plainLines).join('\n')}\n`);
  return new UserError({
    code: 'IMAGE_BUILD_FAILED',
    message: `The image ${reference} could not be built: ${summary}`,
    remedy: `Fix it and run the command again; running tasks are untouched. The whole log: ${log}`,
    details: block.join('\n'),
  });
}
