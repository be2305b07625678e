import { ofType, type ProgramGraph, type Reference, referencesIn } from '../../../infra/graph/query.ts';
import { type Alarm, parseAlarms } from './alarms.ts';
import { type Database, databaseType, parseDatabase } from './database.ts';
import { type EcsService, parseEcsService } from './ecs-service.ts';
import { type Emulator, type LocalGraph, parseEmulator } from './emulator.ts';
import { isRecord, notUnderstood, onlyResource, referred } from './expectations.ts';
import { type Job, parseJobs } from './jobs.ts';
import { type LoadBalancer, parseLoadBalancer } from './load-balancer.ts';
import { partOwn, withOwn } from './own-resources.ts';
import { parseTaskDefinition, type TaskDefinition } from './task-definition.ts';
import { parseValkey, type Valkey } from './valkey.ts';

/** How the image of the release is built, where the program builds one. */
export interface ImageBuild {
  readonly context: string;
  readonly dockerfile: string;
  /** Stage of the Dockerfile. Absent: the last one. */
  readonly target?: string;
  readonly platform?: string;
  readonly args: Readonly<Record<string, string>>;
  /** The part of the image's name after the colon: the release's version. */
  readonly tag: string;
}

/** A value that is kept on this machine. */
export interface Secret {
  readonly name: string;
  /** Variable of the deploying process that holds it. */
  readonly variable: string;
  /** The name by which a person sets it. Absent: nobody does. */
  readonly given?: string;
  /** Absent: generated. Otherwise a text that refers to other secrets and to servers. */
  readonly madeOf?: string;
}

/** The program in the local target's terms: everything that it realises. */
export interface Program {
  readonly environment: string;
  /** The environment that one that expires was made from. */
  readonly madeFrom?: string;
  readonly services: readonly EcsService[];
  readonly migrations: readonly { readonly name: string; readonly task: TaskDefinition }[];
  /** In the order of the graph. */
  readonly jobs: readonly Job[];
  readonly database?: Database;
  readonly valkey?: Valkey;
  /** Stands in for the app's own buckets and queues. */
  readonly emulator?: Emulator;
  readonly loadBalancer?: LoadBalancer;
  readonly imageBuild?: ImageBuild;
  readonly secrets: readonly Secret[];
  /** Whether or not a Prometheus evaluates them. */
  readonly alarms: readonly Alarm[];
}

const migrationType = 'pulumi-nodejs:dynamic/stack:MigrationRun';

export function parseProgram(whole: LocalGraph): Program {
  const { own, stack: graph } = partOwn(whole);
  const emulator = parseEmulator(graph, own);
  const services = ofType(graph, 'aws:ecs/service:Service')
    .map((service) => parseEcsService(graph, service))
    .map((service) => ({ ...service, task: withOwn(service.task, own, emulator) }));
  const migrations = ofType(graph, migrationType).map(({ name, inputs }) => ({
    name,
    task: withOwn(
      parseTaskDefinition(referred(graph, inputs['taskDefinition'], `migration ${name}, taskDefinition`)),
      own,
      emulator,
    ),
  }));
  const database = parseDatabase(graph);
  const valkey = parseValkey(graph);
  const loadBalancer = parseLoadBalancer(graph, services);
  const imageBuild = parseImageBuild(graph);
  const started = [...services, ...migrations].map(({ task }) => task);
  const jobs = parseJobs(graph, new Set(started.map(({ name }) => name))).map((job) => ({
    ...job,
    task: withOwn(job.task, own, emulator),
  }));
  const tasks = [...started, ...jobs.map(({ task }) => task)];
  const secrets = [
    ...(database === undefined ? [] : [passwordOf(database)]),
    ...(valkey === undefined ? [] : [secret(valkey.passwordSecret)]),
    ...secretsOf(tasks),
  ];
  const madeFrom = tagOf(graph, 'MadeFrom');
  const measured = {
    services,
    ...(database === undefined ? {} : { database }),
    ...(valkey === undefined ? {} : { valkey }),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
  };
  return {
    environment: graph.environment,
    ...(madeFrom === undefined ? {} : { madeFrom }),
    ...measured,
    ...(emulator === undefined ? {} : { emulator }),
    migrations,
    jobs,
    alarms: parseAlarms(graph, measured),
    ...(imageBuild === undefined ? {} : { imageBuild }),
    secrets: withSources(graph, [...new Map(secrets.map((secret) => [secret.name, secret])).values()]),
  };
}

/** Every resource that can have tags has it. */
function tagOf({ resources }: ProgramGraph, name: string): string | undefined {
  for (const { inputs } of resources) {
    const { tags } = inputs;
    const value = isRecord(tags) ? tags[name] : undefined;
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** A secret that the program makes of others, and those. */
function withSources(graph: ProgramGraph, secrets: readonly Secret[]): readonly Secret[] {
  const made = secrets.map((own) => ({ ...own, ...madeOf(graph, own) }));
  const sources = made.flatMap(({ madeOf: text = '' }) => referencesIn(text).filter(isSecretValue));
  const missing = sources.map(({ name }) => name).filter((name) => !made.some((own) => own.name === name));
  return [...made, ...[...new Set(missing)].map(secret)];
}

function madeOf(graph: ProgramGraph, { name }: Secret): Pick<Secret, 'madeOf'> {
  const text = ofType(graph, secretValueType).find((version) => version.name === name)?.inputs['secretString'];
  return typeof text === 'string' && referencesIn(text).some(isSecretValue) ? { madeOf: text } : {};
}

const secretValueType = 'aws:secretsmanager/secretVersion:SecretVersion';

/** The value of another secret, as part of a text. */
export function isSecretValue({ type }: Reference): boolean {
  return type === secretValueType;
}

function parseImageBuild(graph: ProgramGraph): ImageBuild | undefined {
  const image = onlyResource(graph, 'docker:index/image:Image', 'one image');
  if (image === undefined) return undefined;
  const { imageName, build } = image.inputs;
  const tag = typeof imageName === 'string' ? imageName.slice(imageName.lastIndexOf(':') + 1) : '';
  if (tag === '' || !isRecord(build)) throw notUnderstood('the image', image.inputs, 'a name with a tag, and a build');
  const { context, dockerfile, platform, target, args = {}, builderVersion, ...unknown } = build;
  if (
    typeof context !== 'string' ||
    typeof dockerfile !== 'string' ||
    !isRecord(args) ||
    Object.keys(unknown).length > 0
  ) {
    throw notUnderstood('the build of the image', build, 'context, dockerfile, platform, target and args');
  }
  if (builderVersion !== undefined && builderVersion !== 'BuilderBuildKit') {
    throw notUnderstood('the build of the image, builderVersion', builderVersion, 'BuilderBuildKit');
  }
  const entries = Object.entries(args).map(([name, value]) => [name, String(value)] as const);
  return {
    context,
    dockerfile,
    tag,
    args: Object.fromEntries(entries),
    ...(typeof platform === 'string' ? { platform } : {}),
    ...(typeof target === 'string' ? { target } : {}),
  };
}

/** RDS keeps it in a secret of its own, which the program does not name. */
export function passwordOf({ name }: Database): Secret {
  return secret(`${name}-password`);
}

function secretsOf(tasks: readonly TaskDefinition[]): Secret[] {
  return tasks.flatMap(({ container }) => (container.secrets ?? []).map(secretOf));
}

/**
 * What a container definition refers to: the password that RDS keeps (`…:password::`), a secret that the program makes,
 * or one that a person sets, which on AWS is named by its ARN and here by its variable.
 */
export function secretOf({ name, valueFrom }: { readonly name: string; readonly valueFrom: string }): Secret {
  if (valueFrom.startsWith('arn:'))
    return { name: `given:${name}`, variable: `STACK_GIVEN_SECRET_${name}`, given: name };
  const [reference] = referencesIn(valueFrom);
  if (reference !== undefined && isDatabasePassword(reference, valueFrom)) return secret(`${reference.name}-password`);
  if (reference?.type === 'aws:secretsmanager/secret:Secret') return secret(reference.name);
  throw notUnderstood('a secret', valueFrom, 'the password of the database, or a secret of the program');
}

function isDatabasePassword({ type }: Reference, valueFrom: string): boolean {
  return type === databaseType && valueFrom.includes(':password:');
}

function secret(name: string): Secret {
  return { name, variable: `STACK_SECRET_${name.replaceAll('-', '_').toUpperCase()}` };
}
