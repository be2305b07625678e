import { execa } from 'execa';
import type { Settings } from '../../infra/settings/settings.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { answerMs } from '../messages/tool-deadline.ts';
import { UserError } from '../messages/user-error.ts';
import type { Finding } from '../release/target.ts';

type Architecture = Settings['release']['cpuArchitecture'];

const platforms: Readonly<Record<Architecture, string>> = { X86_64: 'linux/amd64', ARM64: 'linux/arm64' };

/** Whether an engine answers that can build for the tasks' architecture. */
export async function checkBuildEngine(architecture: Architecture): Promise<Finding> {
  const server = await docker('version', '--format', '{{.Server.Version}} {{.Server.Arch}}');
  if (!server.failed) return describeBuilder(server.stdout, await docker('buildx', 'inspect'), architecture);
  throw new UserError({
    code: 'DOCKER_MISSING',
    message: `The image is built on this machine, and no Docker engine answers: ${server.why}`,
    remedy: 'Start Docker, or let CI deploy.',
  });
}

async function docker(...args: readonly string[]) {
  const result = await execa('docker', args, { reject: false, timeout: answerMs });
  return { failed: result.failed, stdout: String(result.stdout), why: userErrorOf(result)?.message ?? '' };
}

/**
 * Rejects with `DOCKER_PLATFORM` where the engine runs programs of another architecture only: the build of the app would
 * end with `exec format error` in its first step.
 * @param server version and architecture of the engine
 * @param builder what `docker buildx inspect` printed
 */
export function describeBuilder(
  server: string,
  builder: { readonly failed: boolean; readonly stdout: string },
  architecture: Architecture,
): Finding {
  const [version = '', own = ''] = server.split(' ');
  const wanted = platforms[architecture];
  const listed = builder.failed ? undefined : /^\s*Platforms:\s*(.+)$/m.exec(builder.stdout)?.[1];
  const known = [`linux/${own}`, ...(listed ?? '').split(',').map((platform) => platform.trim().replace(/\*$/, ''))];
  if (known.some((platform) => platform === wanted || platform.startsWith(`${wanted}/`))) {
    return { value: `${version}, builds for ${wanted}` };
  }
  if (listed === undefined) return { unknown: `${version} runs; whether it builds for ${wanted} is not known` };
  throw new UserError({
    code: 'DOCKER_PLATFORM',
    message: `Docker on this machine builds for ${listed}, not for ${wanted}.`,
    rule: `cpuArchitecture is ${architecture}, and the build runs programs of the image.`,
    remedy: `Build on a machine of that architecture, or emulate it: docker run --privileged --rm tonistiigi/binfmt --install ${wanted.slice('linux/'.length)}`,
  });
}
