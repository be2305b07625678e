import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { expiringPrefix } from '../../../infra/settings/environment-name.ts';
import type { Origin } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { folderOf, type Place } from '../state/place.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';

const network = z.object({ Labels: z.record(z.string(), z.string()).nullish() });

/** Its network is the first thing that `up` creates of an environment, and the last that `down` removes. */
export async function readOrigin(docker: Docker, { instance, environment }: Place): Promise<Origin> {
  const name = deriveNames(instance, environment).network;
  const found = await docker.api.get(`/networks/${name}`);
  if (found === undefined) return { state: 'absent' };
  const labels = network.parse(found).Labels ?? {};
  const what = `the network ${name}`;
  const own = labels[labelNames.instance] === instance && labels[labelNames.environment] === environment;
  const from = own ? labels[labelNames.madeFrom] : undefined;
  return from === undefined ? { state: 'lasting', what } : { state: 'expiring', what, from };
}

/** Environments of this checkout that by their names may expire, of which Docker or the folder of the state has something. */
export async function listExpiringNames(
  docker: Docker | undefined,
  { projectDirectory, instance }: Pick<Place, 'projectDirectory' | 'instance'>,
): Promise<readonly string[]> {
  const folder = dirname(folderOf({ projectDirectory, instance, environment: 'any' }).directory);
  const folders = await readdir(folder).catch((): string[] => []);
  const mine = ['instance', 'checkout'] as const;
  const values = { instance, checkout: projectDirectory };
  const filters = mine.flatMap((label) => ['--filter', `label=${labelNames[label]}=${values[label]}`]);
  const format = ['--format', `{{.Label "${labelNames.environment}"}}`];
  const listed = docker === undefined ? '' : await docker.run(['network', 'ls', ...filters, ...format]);
  return [...new Set([...folders, ...listed.split('\n')])].filter((name) => name.startsWith(expiringPrefix));
}
