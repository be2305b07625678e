import type { Release } from '../../infra/release/release.ts';
import { prepareFiles } from './apply/prepare.ts';
import { emulatorScript } from './emulator/script.ts';
import { withEmulatorSetting } from './emulator/setting.ts';
import type { Docker } from './engine/docker.ts';
import { withoutExisting, withPasswords } from './overridden-settings.ts';
import type { Place } from './state/place.ts';
import { readSwarm } from './swarm/swarm.ts';
import { emulatorName } from './translate/emulator.ts';
import { type Program, parseProgram } from './translate/program.ts';
import { labelNames } from './translate/stack-document.ts';
import { renderStacks, type Stacks } from './translate/stacks.ts';

/** A release as `apply` deploys it, for whoever starts containers of it beside the deployment. */
export interface RenderedRelease {
  readonly program: Program;
  readonly stacks: Stacks;
  /** Values of secrets, by variable of the deploying process. */
  readonly secretVariables: Readonly<Record<string, string>>;
  /** Id of the image that Postgres runs in; absent while there is no server. */
  readonly postgresImage?: string;
}

/** Reads again what was deployed to a place, or was about to be: deploys nothing. */
export async function renderRelease(docker: Docker, place: Place, release: Release): Promise<RenderedRelease> {
  const { projectDirectory, environment, instance } = place;
  const { evaluate } = await import('../../infra/graph/evaluate.ts');
  const config = {
    ...withoutExisting(projectDirectory, environment),
    ...withPasswords(projectDirectory, environment),
    release: JSON.stringify(release),
  };
  const graph = await evaluate(environment, { projectDirectory, config });
  const program = parseProgram(await withEmulatorSetting(graph, projectDirectory, environment));
  const { services } = await readSwarm(docker, instance, environment);
  const imageOf = (server: string | undefined) =>
    services.find(({ labels }) => labels[labelNames.service] === server && labelNames.data in labels)?.container.image;
  const postgresImage = imageOf(program.database?.name);
  const generated = await prepareFiles(place, docker, program, postgresImage ?? '');
  const stacks = renderStacks(program, {
    instance,
    checkout: projectDirectory,
    release,
    postgresImage: postgresImage ?? '',
    valkeyImage: imageOf(program.valkey?.name) ?? '',
    ...(program.emulator === undefined
      ? {}
      : { emulator: { image: imageOf(emulatorName) ?? '', script: emulatorScript() } }),
    port: 0,
    ...generated.facts,
  });
  const { secretVariables } = generated;
  return { program, stacks, secretVariables, ...(postgresImage === undefined ? {} : { postgresImage }) };
}
