import { execa } from 'execa';

/** Runs the docker client; rejects with its own message. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('docker', args, { stdin: 'ignore' });
  return stdout.trim();
}

/** Ids of the running containers of an environment, of one service or of all. */
export async function taskContainers(instance: string, environment: string, service = ''): Promise<string[]> {
  const ids = await docker('ps', '--quiet', '--filter', `name=${instance}-${environment}_${service}`);
  return ids.split('\n').filter((id) => id !== '');
}
