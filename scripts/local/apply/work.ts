import type { Release } from '../../../infra/release/release.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import type { EngineFinder } from '../engine/engine.ts';
import type { BaseSource } from '../images/base-images.ts';
import type { Current } from '../observe/current.ts';
import type { Place } from '../state/place.ts';
import type { SecretValues } from '../state/secrets.ts';
import type { LocalFacts } from '../translate/local-facts.ts';
import type { Program } from '../translate/program.ts';
import type { Stacks } from '../translate/stacks.ts';

/** What options and environment variables choose, and the engine that follows from it. */
export interface LocalOptions {
  readonly find: EngineFinder;
  /** STACK_DOCKER: a Docker client to use instead of the first suitable one. */
  readonly dockerExecutable: string | undefined;
  /** `DOCKER_HOST=…` or `DOCKER_CONTEXT=…`, where one of them chooses the engine. */
  readonly chosenEngine?: string;
  /** STACK_BASE_IMAGES: where base images come from; what can be reached decides when absent. */
  readonly baseSource: BaseSource | undefined;
  /** NODE_EXTRA_CA_CERTS: authorities that package registries need on this machine. */
  readonly caFile: string | undefined;
  readonly port: number | undefined;
}

/** What is generated on this machine and kept in the environment's folder. */
export interface Generated {
  readonly secrets: SecretValues;
  /** The same values by variable of the deploying process. */
  readonly secretVariables: Readonly<Record<string, string>>;
  readonly facts: Pick<LocalFacts, 'secretFingerprints' | 'certificates'>;
}

/** What `apply` is given. */
export interface Application {
  readonly place: Place;
  readonly options: LocalOptions;
  readonly program: Program;
  readonly release: Release;
  readonly settingsHash: string;
  /** What comes was verified here before. */
  readonly skipBakes: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What the steps after the preparation work with. */
export interface Work extends Omit<Application, 'release'> {
  readonly docker: Docker;
  readonly release: Release;
  readonly port: number;
  readonly stacks: Stacks;
  readonly generated: Generated;
  readonly loadBalancerImage: string;
  /** Has Node.js; empty where nothing runs on a schedule. */
  readonly schedulerImage: string;
  readonly current: Current;
}
