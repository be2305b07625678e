import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Docker } from '../engine/docker.ts';
import { bindMount } from '../engine/path-arguments.ts';
import { engineMetrics } from '../translate/metrics.ts';
import { exporterPorts, prometheusFiles, prometheusFolder, prometheusPort } from '../translate/prometheus.ts';
import { fingerprint, labelNames, logging } from '../translate/stack-document.ts';

/** Of each container, beside its release's own: what watches is no part of what is watched. */
export interface Images {
  readonly prometheus: string;
  readonly node: string;
  /** Absent where the program has no such server. */
  readonly database?: string;
  readonly valkey?: string;
}

export interface Watchers {
  readonly images: Images;
  readonly names: { readonly prometheus: string; readonly exporters: Readonly<Record<ExporterName, string>> };
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** With the files below. */
  readonly folder: string;
  /** Of the engine, on its host. */
  readonly socketPath: string;
  /** How the database is reached, without its password. */
  readonly database?: { readonly host: string; readonly port: number; readonly name: string; readonly user: string };
  readonly valkey?: { readonly host: string; readonly port: number };
}

type ExporterName = keyof typeof exporterPorts;

/** Names of files in the folder, which the containers see at {@link prometheusFolder}. */
export const watcherFiles = {
  ...prometheusFiles,
  exporter: 'engine-exporter.mjs',
  exporterSettings: 'engine-exporter.json',
  databasePassword: 'database-password',
  databaseAuthority: 'database-ca.crt',
  valkeyPassword: 'valkey-password.json',
  valkeyAuthority: 'valkey-ca.crt',
} as const;

const inFolder = (file: string) => `${prometheusFolder}/${file}`;

/** The engine exporter, and what it is told. */
export function exporterFiles({ labels, socketPath }: Pick<Watchers, 'labels' | 'socketPath'>) {
  const { instance, environment } = labelNames;
  return {
    [watcherFiles.exporter]: readFileSync(join(import.meta.dirname, watcherFiles.exporter), 'utf8'),
    [watcherFiles.exporterSettings]: JSON.stringify({
      socketPath,
      labels: [instance, environment].map((name) => `${name}=${labels[name]}`),
      serviceLabel: labelNames.service,
      metrics: engineMetrics,
      port: exporterPorts.engine,
    }),
  };
}

export interface Watcher {
  readonly name: string;
  readonly revision: string;
  readonly arguments: readonly string[];
}

/**
 * Command lines of Prometheus and its exporters: plain containers on the environment's network, as the load balancer is.
 * They run without any capability; those that log in somewhere as the user whose passwords they read.
 *
 * @param secrets hash of what the files hold that are not in the command line
 */
export function watcherContainers(watchers: Watchers, secrets: string): readonly Watcher[] {
  const { images, names, database, valkey } = watchers;
  return [
    watcher(watchers, secrets, {
      name: names.exporters.engine,
      memory: '128m',
      flags: bindMount(watchers.socketPath, watchers.socketPath, { writable: true }),
      command: [images.node, 'node', inFolder(watcherFiles.exporter)],
    }),
    ...(database === undefined || images.database === undefined
      ? []
      : [
          watcher(watchers, secrets, {
            name: names.exporters.database,
            memory: '128m',
            user: owner(),
            flags: [
              ...['--entrypoint', '/bin/postgres_exporter'],
              ...variables({
                DATA_SOURCE_URI: `${database.host}:${database.port}/${database.name}?sslmode=verify-full&sslrootcert=${inFolder(watcherFiles.databaseAuthority)}`,
                DATA_SOURCE_USER: database.user,
                DATA_SOURCE_PASS_FILE: inFolder(watcherFiles.databasePassword),
                PG_EXPORTER_DISABLE_SETTINGS_METRICS: 'true',
              }),
            ],
            command: [images.database, `--web.listen-address=:${exporterPorts.database}`],
          }),
        ]),
    ...(valkey === undefined || images.valkey === undefined
      ? []
      : [
          watcher(watchers, secrets, {
            name: names.exporters.valkey,
            memory: '128m',
            user: owner(),
            flags: ['--entrypoint', '/redis_exporter'],
            command: [
              images.valkey,
              `--web.listen-address=:${exporterPorts.valkey}`,
              `--redis.addr=${valkeyAddress(valkey)}`,
              `--redis.password-file=${inFolder(watcherFiles.valkeyPassword)}`,
              `--tls-ca-cert-file=${inFolder(watcherFiles.valkeyAuthority)}`,
            ],
          }),
        ]),
    watcher(watchers, secrets, {
      name: names.prometheus,
      memory: '512m',
      flags: [
        ...['--publish', `127.0.0.1::${prometheusPort}`, '--entrypoint', '/bin/prometheus'],
        // In place of the volume that the official image declares, which nothing would remove.
        ...['--mount', 'type=tmpfs,target=/prometheus,tmpfs-size=1m'],
      ],
      command: [
        images.prometheus,
        `--config.file=${inFolder(watcherFiles.config)}`,
        `--web.listen-address=:${prometheusPort}`,
        '--storage.tsdb.path=/var/lib/metrics',
        '--storage.tsdb.retention.time=1d',
        '--storage.tsdb.retention.size=512MB',
      ],
    }),
  ];
}

/** As the exporter's password file names it. */
export function valkeyAddress({ host, port }: NonNullable<Watchers['valkey']>): string {
  return `rediss://${host}:${port}`;
}

function variables(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}

interface ContainerParts {
  readonly name: string;
  readonly memory: string;
  readonly user?: string;
  readonly flags: readonly string[];
  readonly command: readonly string[];
}

/** Who may read the files with passwords: this user alone. */
function owner(): string {
  return String(process.getuid?.() ?? 0);
}

function watcher(
  { network, folder, labels }: Watchers,
  secrets: string,
  { name, memory, user = '0', flags, command }: ContainerParts,
): Watcher {
  const run = [
    ...['--network', network, '--restart', 'unless-stopped', '--init', '--user', user, '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--memory', memory, '--stop-timeout', '5'],
    ...bindMount(folder, prometheusFolder),
    ...flags,
    ...['--log-driver', logging.driver],
    ...Object.entries(logging.options).flatMap(([key, value]) => ['--log-opt', `${key}=${value}`]),
  ];
  const revision = fingerprint([run, command, secrets]);
  const own = { ...labels, [labelNames.watcher]: name, [labelNames.rendered]: revision };
  const flagsOf = Object.entries(own).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  return { name, revision, arguments: ['run', '--detach', '--name', name, ...run, ...flagsOf, ...command] };
}

/** A container as the engine has it. */
export interface WatcherState {
  readonly running: boolean;
  readonly revision: string;
  /** On the loopback interface; absent of those that publish none. */
  readonly port: number | undefined;
}

const stateSchema = z.object({
  State: z.object({ Running: z.boolean() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullish()).nullish(),
  }),
});

/** `undefined`: there is no such container. */
export async function inspectWatcher(docker: Docker, name: string): Promise<WatcherState | undefined> {
  const found = await docker.api.get(`/containers/${name}/json`);
  if (found === undefined) return undefined;
  const { State, Config, NetworkSettings } = stateSchema.parse(found);
  const port = NetworkSettings.Ports?.[`${prometheusPort}/tcp`]?.[0]?.HostPort;
  return {
    running: State.Running,
    revision: Config.Labels[labelNames.rendered] ?? '',
    port: port === undefined ? undefined : Number(port),
  };
}
