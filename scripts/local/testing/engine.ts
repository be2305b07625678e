import { type Engine, inspectEngine, requireReady } from '../engine/engine.ts';
import { labelNames } from '../translate/stack-document.ts';

/** The engine of the tests; docker-setup.ts has made sure that there is one. */
export async function testEngine(): Promise<Engine> {
  return requireReady(await inspectEngine({ executable: process.env['STACK_DOCKER'] }));
}

/** Ids of the running containers of a service, with what their limits are. */
export async function containersOf({ docker }: Engine, instance: string, service: string): Promise<string[]> {
  const labels = [`label=${labelNames.instance}=${instance}`, `label=${labelNames.service}=${service}`];
  const ids = await docker.run(['ps', '--quiet', '--no-trunc', ...labels.flatMap((label) => ['--filter', label])]);
  return ids.split('\n').filter((id) => id !== '');
}

/** Everything on the engine that carries the instance's name, one line each. */
export async function leftOf({ docker }: Engine, instance: string): Promise<string[]> {
  const label = ['--filter', `label=${labelNames.instance}=${instance}`];
  const name = ['--filter', `name=${instance}`];
  const listings = [
    ['ps', '--all', '--format', 'container {{.Names}}', ...label],
    ['network', 'ls', '--format', 'network {{.Name}}', ...label],
    ['volume', 'ls', '--format', 'volume {{.Name}}', ...label],
    ['image', 'ls', '--format', 'image {{.Repository}}:{{.Tag}}', '--filter', `reference=${instance}/*`],
    ['service', 'ls', '--format', 'service {{.Name}}', ...label],
    ['secret', 'ls', '--format', 'secret {{.Name}}', ...name],
    ['config', 'ls', '--format', 'config {{.Name}}', ...name],
  ];
  // Services, secrets and configs can't be listed once the engine has left its swarm: then there are none.
  const outputs = await Promise.all(listings.map((listing) => docker.attempt(listing)));
  return outputs
    .flatMap(({ exitCode, stdout }) => (exitCode === 0 ? stdout.split('\n') : []))
    .filter((line) => line !== '');
}
