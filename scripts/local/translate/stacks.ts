import { type Reference, referencesIn } from '../../../infra/graph/query.ts';
import { withLocalAuthorities } from './authorities.ts';
import { dataStack, networkKey } from './data-stack.ts';
import { databaseType } from './database.ts';
import { emulatedOutput } from './emulator.ts';
import { bindReferences } from './expectations.ts';
import type { Job, Times } from './jobs.ts';
import { renderHaproxyConfig } from './load-balancer.ts';
import type { LocalFacts } from './local-facts.ts';
import { withMaintenance } from './maintenance.ts';
import { deriveNames, type Names } from './names.ts';
import type { Program } from './program.ts';
import { isSecretValue, secretOf } from './program.ts';
import { fingerprint, labelNames, type StackDocument } from './stack-document.ts';
import { type Binding, type ContainerSpec, translateContainer, translateService } from './swarm-service.ts';
import type { TaskDefinition } from './task-definition.ts';
import { valkeyType } from './valkey.ts';

const imageType = 'docker:index/image:Image';

export interface StackMigration {
  readonly name: string;
  readonly container: ContainerSpec;
  /** Hash of its image, command, secrets and of what it knows of other resources: another run may find something to do. */
  readonly identity: string;
}

/** A container that is created once for each release, and started at its times or by somebody. */
export interface StackJob {
  /** Of the process. */
  readonly name: string;
  readonly containerName: string;
  readonly container: ContainerSpec;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: somebody starts it. */
  readonly schedule?: Times;
}

export interface Stacks {
  readonly names: Names;
  /** Services that run the release. */
  readonly services: StackDocument;
  /** Postgres, Valkey and what stands in for S3 and SQS, apart from the services: the migration runs between the two. */
  readonly data?: StackDocument;
  readonly migrations: readonly StackMigration[];
  readonly jobs: readonly StackJob[];
  /** What a task of each service is started from, by the service's name: for containers beside the services. */
  readonly containers: Readonly<Record<string, ContainerSpec>>;
  readonly haproxyConfig?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The whole environment as documents: a pure function of the program and of this machine's facts. */
export function renderStacks(program: Program, facts: LocalFacts): Stacks {
  const names = deriveNames(facts.instance, program.environment);
  const labels = labelsOf(program.environment, facts);
  const binding = (task: TaskDefinition) => bindingOf(program, facts, labels, task);
  const entries = program.services.map(
    (service) =>
      [service.name, translateService(service, restarted(service.name, facts, binding(service.task)))] as const,
  );
  const data = dataStack(program, facts, names, labels);
  return {
    names,
    labels,
    services: document(Object.fromEntries(entries), names),
    ...(data === undefined ? {} : { data: { ...document({}, names), ...data } }),
    migrations: program.migrations.map(({ name, task }) => migrationOf(name, task, binding(task))),
    jobs: program.jobs.map((job) => jobOf(job, names, binding(job.task))),
    containers: Object.fromEntries(
      program.services.map(({ name, task }) => [name, translateContainer(task, binding(task))]),
    ),
    ...(program.loadBalancer === undefined
      ? {}
      : { haproxyConfig: withMaintenance(renderHaproxyConfig(program.loadBalancer, facts.port), facts.maintenance) }),
  };
}

function jobOf({ name, task, schedule }: Job, names: Names, binding: Binding): StackJob {
  const container = translateContainer(task, binding);
  const common = { ...binding.labels, [labelNames.service]: name, [labelNames.release]: binding.version };
  const revision = fingerprint([container, common]);
  return {
    name,
    containerName: `${names.stack}-${name}-${revision.slice(0, 8)}`,
    container,
    labels: {
      ...common,
      [labelNames.revision]: revision,
      [labelNames.job]: schedule === undefined ? 'once' : 'schedule',
    },
    ...(schedule === undefined ? {} : { schedule }),
  };
}

function migrationOf(name: string, task: TaskDefinition, binding: Binding): StackMigration {
  const container = translateContainer(task, binding);
  // What refers to other resources, such as the database. A limit or a level of the log is no reason to run again, nor is
  // the name of the image: a release that was built and one that is pinned have it in different words.
  const referring = task.container.environment.filter(({ value }) =>
    referencesIn(value).some(({ type }) => type !== imageType),
  );
  const { image, command, secrets } = container;
  const identity = fingerprint([image, command, referring, secrets, binding.labels[labelNames.secrets]]);
  return { name, container, identity };
}

export function labelsOf(environment: string, { instance, checkout }: Pick<LocalFacts, 'instance' | 'checkout'>) {
  return {
    [labelNames.project]: 'nest-fargate',
    [labelNames.instance]: instance,
    [labelNames.environment]: environment,
    [labelNames.checkout]: checkout,
  };
}

function bindingOf(
  program: Program,
  facts: LocalFacts,
  labels: Readonly<Record<string, string>>,
  { container }: TaskDefinition,
): Binding {
  const secrets = (container.secrets ?? []).map(secretOf);
  const fingerprints = secrets.map(({ name, variable }) => [variable, facts.secretFingerprints[name] ?? ''] as const);
  return {
    imageId: facts.release.digest,
    version: facts.release.version,
    network: networkKey,
    labels: { ...labels, [labelNames.secrets]: secretsLabel(Object.fromEntries(fingerprints)) },
    bind: (text, where) =>
      withLocalAuthorities(
        program,
        facts,
        bindReferences(text, where, (reference) => localValue(program, facts, reference)),
      ),
    secretVariable: (secret) => secretOf(secret).variable,
  };
}

/** Tasks that `restart` has started are the ones that the next `up` finds. */
function restarted(service: string, { restarts = {} }: LocalFacts, binding: Binding): Binding {
  const at = restarts[service];
  return at === undefined ? binding : { ...binding, labels: { ...binding.labels, [labelNames.restarted]: at } };
}

/** @param fingerprints by the variables of the deploying process */
export function secretsLabel(fingerprints: Readonly<Record<string, string>>): string {
  return fingerprint(fingerprints);
}

/** Values of all secrets of a program: those that are made of others are put together from them. */
export function withMadeSecrets(
  program: Program,
  generated: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const made = program.secrets.flatMap(({ name, madeOf }) =>
    madeOf === undefined
      ? []
      : [
          [
            name,
            bindReferences(madeOf, `secret ${name}`, (reference) =>
              isSecretValue(reference) ? generated[reference.name] : localValue(program, undefined, reference),
            ),
          ] as const,
        ],
  );
  return { ...generated, ...Object.fromEntries(made) };
}

/** What an output of a resource is on this machine; `undefined` when nothing here has it. */
function localValue(
  program: Program,
  facts: LocalFacts | undefined,
  { type, name, property }: Reference,
): string | undefined {
  if (type === imageType) return facts?.release.image;
  const { database, valkey } = program;
  const emulated = emulatedOutput(program.emulator, { type, name, property });
  if (emulated !== undefined) return emulated;
  if (type === valkeyType && name === valkey?.name) {
    return property === 'primaryEndpointAddress' ? valkey.name : undefined;
  }
  // The database itself takes the place of its proxy.
  if (type === 'aws:rds/proxy:Proxy' && name === database?.name) return property === 'endpoint' ? name : undefined;
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

function document(services: StackDocument['services'], names: Names): StackDocument {
  return { version: '3.8', services, networks: { [networkKey]: { external: true, name: names.network } } };
}
