import { fileURLToPath } from 'node:url';
import type { Docker } from '../local/engine/docker.ts';
import { versionLabel } from '../local/images/image.ts';

/** What a task of a release made for a drill does wrong. `image/faults.mjs` carries it out inside the task. */
export interface Faults {
  /** Of the app's process that serves: its program and arguments, as one text. */
  readonly front?: string;
  /** Of a process in the background, in the same way. */
  readonly background?: string;
  /** On which it serves: nothing goes wrong on another port. */
  readonly port?: number;
  /** Paths of the manifest: health checks are exempt from errors, and a drill's own requests are answered there. */
  readonly liveness?: string;
  readonly readiness?: string;
  /** Replaces the answer of the readiness path. */
  readonly readyStatus?: number;
  /** Each so many requests, one is answered with 500. */
  readonly errorEvery?: number;
  /** The process exits with 7 after so long. */
  readonly exitAfterMs?: number;
  /**
   * A task says that it is ready so long before it serves: until then it answers with 503.
   * `from`: only tasks that start later do, in milliseconds since 1970.
   */
  readonly readyTooEarly?: { readonly ms: number; readonly from?: number };
  /** The process ends at once when it is asked to stop. */
  readonly endsAtSigterm?: true;
  /** Release command that fails; that does nothing and ends with 0. */
  readonly failsCommand?: string;
  readonly passesCommand?: string;
  /** The process exits when this name cannot be resolved any more. */
  readonly needsHost?: string;
}

const imageFolder = fileURLToPath(new URL('image', import.meta.url));

interface Origin {
  readonly Config: { readonly Entrypoint?: readonly string[] | null; readonly Cmd?: readonly string[] | null };
}

/**
 * Makes an image with faults of one that is on this engine: a layer with two files, an entrypoint that loads them, a
 * version. Nothing is built, so it takes a second and no registry.
 *
 * @param reference of the new image, `repository:version`
 * @param from of the image that it is made of
 */
export async function makeFaultyImage(docker: Docker, reference: string, from: string, faults: Faults): Promise<void> {
  const version = reference.slice(reference.lastIndexOf(':') + 1);
  const origin = (await docker.api.get(`/images/${from}/json`)) as Origin | undefined;
  if (origin === undefined) throw new Error(`The image ${from}, which runs, is not on this engine.`);
  const { Entrypoint, Cmd } = origin.Config;
  const own = (Entrypoint ?? []).filter((word, at) => !(at < 2 && ['/bin/sh', '/drill/entrypoint.sh'].includes(word)));
  const created = await docker.run(['create', '--pull', 'never', '--network', 'none', from]);
  const container = created.trim().split('\n').at(-1) ?? '';
  try {
    await docker.run(['cp', `${imageFolder}/.`, `${container}:/drill`]);
    const changes = [
      `ENTRYPOINT ${JSON.stringify(['/bin/sh', '/drill/entrypoint.sh', ...own])}`,
      ...(Cmd === null || Cmd === undefined ? [] : [`CMD ${JSON.stringify(Cmd)}`]),
      `ENV RELEASE_VERSION=${version}`,
      `ENV DRILL_FAULTS=${JSON.stringify(JSON.stringify(faults))}`,
      `LABEL ${versionLabel}=${version}`,
    ];
    await docker.run(['commit', ...changes.flatMap((change) => ['--change', change]), container, reference]);
  } finally {
    await docker.attempt(['rm', '--force', container]);
  }
}
