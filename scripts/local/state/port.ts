import { createServer } from 'node:net';

import { UserError } from '../../messages/user-error.ts';
import type { Deployed, Place } from './place.ts';

const first = 8080;
/** The environments of every project keep their ports, whichever is brought up first. */
const offsets: Readonly<Record<string, number>> = { staging: 0, prod: 1 };
const tries = 100;

export interface PortChoice {
  readonly environment: string;
  /** Asked for on the command line. */
  readonly asked: number | undefined;
  /** What the environment's load balancer has, or had. */
  readonly current: number | undefined;
  readonly isFree: (port: number) => Promise<boolean>;
}

/** The asked port; else the one the environment already has; else the first free one from its own on. */
export async function choosePort({ environment, asked, current, isFree }: PortChoice): Promise<number> {
  if (asked !== undefined) {
    if (asked === current || (await isFree(asked))) return asked;
    throw new UserError({
      code: 'PORT_TAKEN',
      message: `Port ${asked} is taken by another program.`,
      remedy: 'Choose another one with --port, or omit it: the next free port is used.',
    });
  }
  if (current !== undefined) return current;
  const start = first + (offsets[environment] ?? Object.keys(offsets).length);
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
export function choosePortOf(
  { environment }: Pick<Place, 'environment'>,
  asked: number | undefined,
  {
    loadBalancer,
    deployed,
  }: {
    readonly loadBalancer: { readonly port: number | undefined } | undefined;
    readonly deployed: Pick<Deployed, 'port'> | undefined;
  },
): Promise<number> {
  return choosePort({ environment, asked, current: loadBalancer?.port ?? deployed?.port, isFree: isFreePort });
}

/** Whether nothing listens there on the loopback interface, or on all of them. */
export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
