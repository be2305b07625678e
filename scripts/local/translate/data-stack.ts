import { startPostgres, translateDatabase } from './database.ts';
import { emulatorName } from './emulator.ts';
import type { LocalFacts } from './local-facts.ts';
import { emulatorFiles, renderResources, translateEmulator } from './ministack.ts';
import type { Names } from './names.ts';
import { type Program, passwordOf } from './program.ts';
import { fingerprint, labelNames, type StackDocument, type SwarmService } from './stack-document.ts';
import { translateValkey } from './valkey.ts';

/** Files beside the rendered documents, which name them. */
export const startFile = 'start-postgres.sh';

/** What is generated for a server, in files beside the documents. */
export function serverFiles(server: string) {
  return { password: `${server}-password`, key: `${server}.key`, certificate: `${server}.crt` } as const;
}

type Labels = Readonly<Record<string, string>>;

interface Server {
  readonly name: string;
  readonly service: SwarmService;
  readonly secrets?: NonNullable<StackDocument['secrets']>;
  readonly volumes?: NonNullable<StackDocument['volumes']>;
  readonly configs?: NonNullable<StackDocument['configs']>;
}

/** The servers that the services need and that outlive a release; `undefined` when there are none. */
export function dataStack(
  program: Program,
  facts: LocalFacts,
  names: Names,
  labels: Labels,
): Omit<StackDocument, 'version' | 'networks'> | undefined {
  const servers = [
    databaseServer(program, facts, names, labels),
    valkeyServer(program, facts, names, labels),
    emulatorServer(program, facts, names, labels),
  ].filter((server) => server !== undefined);
  if (servers.length === 0) return undefined;
  const volumes = Object.assign({}, ...servers.map((server) => server.volumes));
  const configs = Object.assign({}, ...servers.map((server) => server.configs));
  return {
    services: Object.fromEntries(servers.map(({ name, service }) => [name, service])),
    ...(Object.keys(volumes).length === 0 ? {} : { volumes }),
    ...(Object.keys(configs).length === 0 ? {} : { configs }),
    secrets: Object.assign({}, ...servers.map(({ secrets }) => secrets)),
  };
}

function databaseServer({ database }: Program, facts: LocalFacts, names: Names, labels: Labels): Server | undefined {
  if (database === undefined) return undefined;
  const start = fingerprint(startPostgres);
  const made = generated(names, facts, database.name, passwordOf(database).name, '');
  const service = translateDatabase(database, {
    image: facts.postgresImage,
    network: networkKey,
    volume: 'database',
    labels: { ...labels, ...made.labels },
    start: 'start',
    files: made.keys,
  });
  return {
    name: database.name,
    service: withRendered(service, [start]),
    secrets: made.secrets,
    volumes: { database: { external: true, name: names.volume } },
    configs: { start: file(names, 'start', startFile, start) },
  };
}

function valkeyServer({ valkey }: Program, facts: LocalFacts, names: Names, labels: Labels): Server | undefined {
  if (valkey === undefined) return undefined;
  const made = generated(names, facts, valkey.name, valkey.passwordSecret, 'v-');
  const service = translateValkey(valkey, {
    image: facts.valkeyImage,
    network: networkKey,
    labels: { ...labels, ...made.labels },
    files: made.keys,
  });
  return { name: valkey.name, service: withRendered(service, []), secrets: made.secrets };
}

function emulatorServer({ emulator }: Program, facts: LocalFacts, names: Names, labels: Labels): Server | undefined {
  if (emulator === undefined) return undefined;
  const script = fingerprint(facts.emulator?.script);
  const resources = fingerprint(renderResources(emulator));
  const service = translateEmulator(emulator, {
    image: facts.emulator?.image ?? '',
    network: networkKey,
    volume: 'emulator',
    labels,
    configs: { script: 'script', resources: 'resources' },
  });
  return {
    name: emulatorName,
    service: withRendered(service, [script, resources]),
    volumes: { emulator: { external: true, name: names.emulatorVolume } },
    configs: {
      script: file(names, 'script', emulatorFiles.script, script),
      resources: file(names, 'resources', emulatorFiles.resources, resources),
    },
  };
}

/** @param prefix tells the secrets of one server from another's; short, as Swarm ends names at 64 characters */
function generated(names: Names, facts: LocalFacts, server: string, passwordSecret: string, prefix: string) {
  const keys = { password: `${prefix}password`, key: `${prefix}key`, certificate: `${prefix}certificate` };
  const password = facts.secretFingerprints[passwordSecret] ?? '';
  const certificate = facts.certificates[server]?.fingerprint ?? '';
  const files = serverFiles(server);
  return {
    keys,
    labels: { 'stack.secrets': password, 'stack.certificate': certificate },
    secrets: {
      [keys.password]: file(names, keys.password, files.password, password),
      [keys.key]: file(names, keys.key, files.key, certificate),
      [keys.certificate]: file(names, keys.certificate, files.certificate, certificate),
    },
  };
}

/** Swarm cannot change secrets and configs, so new content gets a new name. */
function file({ stack }: Names, key: string, name: string, version: string) {
  return { name: `${stack}-${key}-${version.slice(0, 8)}`, file: `./${name}` };
}

/** Labels the service and its task with a hash of what they were rendered from, so that unchanged ones are left alone. */
function withRendered(service: SwarmService, files: readonly string[]): SwarmService {
  const rendered = fingerprint({ service, files });
  const labels = { ...service.labels, [labelNames.revision]: rendered };
  return { ...service, labels, deploy: { ...service.deploy, labels: { ...labels, [labelNames.rendered]: rendered } } };
}

/** Key of the environment's network in a document. */
export const networkKey = 'environment';
