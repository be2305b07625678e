import { createServer } from 'node:net';

import { UserError } from '../../messages/user-error.ts';
import { readPromotionChain } from '../../program/promotion-chain.ts';
import type { Deployed, Place } from './place.ts';

const first = 8080;
const tries = 100;

export interface PortChoice {
  /** Of the environment in the chain of promotion, from 0: each keeps its port, whichever is brought up first. */
  readonly position: number;
  /** Asked for on the command line. */
  readonly asked: number | undefined;
  /** What the environment's load balancer has, or had. */
  readonly current: number | undefined;
  readonly isFree: (port: number) => Promise<boolean>;
}

/** The asked port; else the one the environment already has; else the first free one from its own on. */
export async function choosePort({ position, asked, current, isFree }: PortChoice): Promise<number> {
  if (asked !== undefined) {
    if (asked === current || (await isFree(asked))) return asked;
    throw new UserError({
      code: 'PORT_TAKEN',
      message: `Port ${asked} is taken by another program.`,
      remedy: 'Choose another one with --port, or omit it: the next free port is used.',
    });
  }
  if (current !== undefined) return current;
  const start = first + position;
  for (let port = start; port < start + tries; port += 1) {
    if (await isFree(port)) return port;
  }
  throw new UserError({
    code: 'NO_FREE_PORT',
    message: `No port from ${start} to ${start + tries - 1} is free.`,
    remedy: 'Choose one with --port.',
  });
}

/** The port of an environment's load balancer, checked against what listens on this machine. */
export async function choosePortOf(
  { projectDirectory, environment }: Pick<Place, 'projectDirectory' | 'environment'>,
  asked: number | undefined,
  {
    loadBalancer,
    deployed,
  }: {
    readonly loadBalancer: { readonly port: number | undefined } | undefined;
    readonly deployed: Pick<Deployed, 'port'> | undefined;
  },
): Promise<number> {
  const current = loadBalancer?.port ?? deployed?.port;
  const settled = asked !== undefined || current !== undefined;
  const position = settled ? 0 : await positionOf({ projectDirectory, environment });
  return choosePort({ position, asked, current, isFree: isFreePort });
}

/** Where an environment is in the order of the chain of promotion; the end, for one that has no stack file. */
export async function positionOf({
  projectDirectory,
  environment,
}: Pick<Place, 'projectDirectory' | 'environment'>): Promise<number> {
  const { environments } = await readPromotionChain(projectDirectory);
  const index = environments.indexOf(environment);
  return index === -1 ? environments.length : index;
}

/** Whether nothing listens there on the loopback interface, or on all of them. */
export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
