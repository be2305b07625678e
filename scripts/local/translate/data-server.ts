import { labelNames, logging, type SwarmService } from './stack-document.ts';

/** Postgres or Valkey, as far as the two are run in the same way. */
export interface DataServer {
  readonly name: string;
  readonly memoryMiB: number;
  /** The software and what its data depends on: `Postgres 17`. Another one starts empty. */
  readonly title: string;
  /** Under which name the server finds its password. */
  readonly passwordFile: string;
}

export interface ServerBinding {
  readonly image: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Keys of the Swarm secrets in the stack's document. */
  readonly files: { readonly password: string; readonly key: string; readonly certificate: string };
}

type Shared = 'image' | 'init' | 'networks' | 'labels' | 'logging' | 'deploy';

/** User id of Postgres and Valkey in the official images, and of services in ours. */
const userId = '999';

/**
 * One server under its own name, with its password, key and certificate as files that only its user can read.
 */
export function dataServer(
  { passwordFile, ...server }: DataServer,
  { files, ...binding }: ServerBinding,
  own: Omit<SwarmService, Shared | 'user' | 'secrets'>,
): SwarmService {
  const secret = (source: string, target: string) =>
    ({ source, target, uid: userId, gid: userId, mode: 0o400 }) as const;
  return {
    ...own,
    ...serverOf(server, binding),
    user: userId,
    secrets: [
      secret(files.password, passwordFile),
      secret(files.key, 'server.key'),
      secret(files.certificate, 'server.crt'),
    ],
  };
}

/**
 * What all servers have in common that outlive a release. A new one starts after the old one has stopped: two would share a
 * data folder, or have half of the queue each.
 */
export function serverOf(
  { name, memoryMiB, title }: Omit<DataServer, 'passwordFile'>,
  { image, network, labels: common }: Omit<ServerBinding, 'files'>,
): Pick<SwarmService, Shared> {
  const labels = { ...common, [labelNames.service]: name, [labelNames.data]: title };
  return {
    image,
    init: true,
    networks: { [network]: { aliases: [name] } },
    labels,
    logging,
    deploy: {
      replicas: 1,
      endpoint_mode: 'dnsrr',
      labels,
      resources: { limits: { memory: `${memoryMiB}M` } },
      update_config: {
        order: 'stop-first',
        parallelism: 1,
        delay: '0s',
        monitor: '1s',
        max_failure_ratio: 0,
        failure_action: 'pause',
      },
      restart_policy: { condition: 'any', delay: '1s' },
    },
  };
}

/** What a person calls a server: `Postgres 17`. */
export function titleOf(labels: Readonly<Record<string, string>>): string {
  return labels[labelNames.data] ?? labels[labelNames.service] ?? '';
}
