import type { Release } from '../../../infra/release.ts';
import { databaseType, startPostgres, translateDatabase } from './database.ts';
import { renderHaproxyConfig } from './load-balancer.ts';
import type { Program } from './program.ts';
import { secretOf } from './program.ts';
import { bindTokens, type Token } from './program-graph.ts';
import { fingerprint, labelNames, type StackDocument, type SwarmService } from './stack-document.ts';
import { type Binding, type ContainerSpec, translateContainer, translateService } from './swarm-service.ts';

/** What is known only on this machine. */
export interface LocalFacts {
  readonly instance: string;
  /** Where the command runs: two checkouts never share an instance. */
  readonly checkout: string;
  readonly release: Release;
  readonly postgresImage: string;
  readonly port: number;
  /** Of each secret's value: another value starts new tasks. */
  readonly secretFingerprint: string;
  /** PEM. */
  readonly authority: string;
  /** Of key and certificate of the database. */
  readonly certificateFingerprint: string;
}

/** Names of everything that the engine keeps for one environment. */
export interface Names {
  readonly stack: string;
  readonly dataStack: string;
  readonly network: string;
  readonly volume: string;
  readonly loadBalancer: string;
}

export interface Stacks {
  readonly names: Names;
  /** Services that run the release. */
  readonly services: StackDocument;
  /** What keeps data; apart, because it is brought up before the migration and the services after it. */
  readonly data?: StackDocument;
  readonly migrations: readonly { readonly name: string; readonly container: ContainerSpec }[];
  readonly haproxyConfig?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Files beside the rendered documents, which name them. */
export const fileNames = {
  start: 'start-postgres.sh',
  password: 'database-password',
  key: 'server.key',
  certificate: 'server.crt',
  authority: 'authority.crt',
} as const;

const networkKey = 'environment';

export function deriveNames(instance: string, environment: string): Names {
  const stack = `${instance}-${environment}`;
  return {
    stack,
    dataStack: `${stack}-data`,
    network: stack,
    volume: `${stack}-database`,
    loadBalancer: `${stack}-load-balancer`,
  };
}

/** The whole environment as documents: a pure function of the program and of this machine's facts. */
export function renderStacks(program: Program, facts: LocalFacts): Stacks {
  const names = deriveNames(facts.instance, program.environment);
  const labels = labelsOf(program.environment, facts);
  const binding = bindingOf(program, facts, labels);
  const entries = program.services.map((service) => [service.name, translateService(service, binding)] as const);
  const data = dataStack(program, facts, names, labels);
  return {
    names,
    labels,
    services: document(Object.fromEntries(entries), names),
    ...(data === undefined ? {} : { data }),
    migrations: program.migrations.map(({ name, task }) => ({ name, container: translateContainer(task, binding) })),
    ...(program.loadBalancer === undefined
      ? {}
      : { haproxyConfig: renderHaproxyConfig(program.loadBalancer, facts.port) }),
  };
}

export function labelsOf(environment: string, { instance, checkout }: Pick<LocalFacts, 'instance' | 'checkout'>) {
  return {
    [labelNames.project]: 'nest-fargate',
    [labelNames.instance]: instance,
    [labelNames.environment]: environment,
    [labelNames.checkout]: checkout,
  };
}

function bindingOf(program: Program, facts: LocalFacts, labels: Readonly<Record<string, string>>): Binding {
  return {
    imageId: facts.release.digest,
    version: facts.release.version,
    network: networkKey,
    labels: { ...labels, 'stack.secrets': facts.secretFingerprint },
    bind: (text, where) => bindTokens(text, where, (token) => localValue(program, facts, token)),
    secretVariable: (valueFrom) => secretOf(valueFrom).variable,
    extraEnvironment: program.database === undefined ? {} : { DATABASE_CA: facts.authority },
  };
}

/** What an output of a resource is here; `undefined` when nothing here has it. */
function localValue(
  { database }: Program,
  { release }: LocalFacts,
  { type, name, property }: Token,
): string | undefined {
  if (type === 'docker:index/image:Image') return release.image;
  if (type !== databaseType || database === undefined || name !== database.name) return undefined;
  const values: Readonly<Record<string, string>> = {
    address: database.name,
    endpoint: `${database.name}:${database.port}`,
    username: database.user,
    dbName: database.databaseName,
    port: String(database.port),
  };
  return values[property];
}

function dataStack(
  { database }: Program,
  facts: LocalFacts,
  names: Names,
  labels: Readonly<Record<string, string>>,
): StackDocument | undefined {
  if (database === undefined) return undefined;
  const { secretFingerprint, certificateFingerprint } = facts;
  const service = translateDatabase(database, {
    image: facts.postgresImage,
    network: networkKey,
    volume: 'database',
    labels: { ...labels, 'stack.secrets': secretFingerprint, 'stack.certificate': certificateFingerprint },
    files: { start: 'start', password: 'password', key: 'key', certificate: 'certificate' },
  });
  const start = fingerprint(startPostgres);
  // Secrets and configs can't be changed, so a new content has a new name; names end at 64 characters.
  const file = (key: string, name: string, version: string) => ({
    name: `${names.stack}-${key}-${version.slice(0, 8)}`,
    file: `./${name}`,
  });
  return {
    ...document({ [database.name]: withRendered(service, [start]) }, names),
    volumes: { database: { external: true, name: names.volume } },
    configs: { start: file('start', fileNames.start, start) },
    secrets: {
      password: file('password', fileNames.password, secretFingerprint),
      key: file('key', fileNames.key, certificateFingerprint),
      certificate: file('certificate', fileNames.certificate, certificateFingerprint),
    },
  };
}

/** Marks the service and its task with what they were rendered from, so that unchanged ones are left alone. */
function withRendered(service: SwarmService, files: readonly string[]): SwarmService {
  const rendered = fingerprint({ service, files });
  const labels = { ...service.labels, [labelNames.revision]: rendered };
  return { ...service, labels, deploy: { ...service.deploy, labels: { ...labels, [labelNames.rendered]: rendered } } };
}

function document(services: StackDocument['services'], names: Names): StackDocument {
  return { version: '3.8', services, networks: { [networkKey]: { external: true, name: names.network } } };
}
