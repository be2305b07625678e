import type { ExecRequest, Invocation } from '../../release/operations.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { runningContainer } from './containers.ts';

/** `docker exec` in a running task of the process. */
export async function execInTask(
  docker: Docker,
  place: Place,
  { process, program, interactive }: ExecRequest,
): Promise<Invocation> {
  const { containerId } = await runningContainer(docker, place, process, 'to run a program in');
  return {
    executable: docker.executable,
    args: ['exec', '--interactive', ...(interactive ? ['--tty'] : []), containerId, ...program],
    variables: {},
    reportsExitCode: true,
  };
}
