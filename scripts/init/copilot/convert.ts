import { posix } from 'node:path';
import type { Build, Variable } from '../../../infra/manifest/app.ts';
import { parseSecretArn } from '../../../infra/manifest/secrets.ts';
import { Refusal } from '../../messages/user-error.ts';
import type { StackValue } from '../stack-file-edits.ts';
import { Fields, isRecord } from './manifest-fields.ts';
import { reasonFor } from './no-counterpart.ts';
import type { CopilotFolder, CopilotManifest } from './read.ts';
import { cronOf } from './schedule.ts';

/** One service or job of Copilot, as a process. */
export interface ConvertedProcess {
  readonly name: string;
  readonly type: string;
  readonly file: string;
  readonly command?: readonly string[];
  readonly http?: {
    readonly port: number;
    readonly healthcheck?: string;
    readonly route?: { readonly path: string } | { readonly host: string };
  };
  readonly cron?: string;
  readonly variables: Readonly<Record<string, Variable>>;
  /** By the name of the variable; where Copilot has its value. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a folder of Copilot comes to. */
export interface Conversion {
  /** Relative to the directory above `copilot/`. */
  readonly appDirectory: string;
  readonly build: Build;
  /** The Dockerfile, relative to the app's directory; absent where the image was built elsewhere. */
  readonly dockerfile?: string;
  readonly processes: readonly ConvertedProcess[];
  /** By environment of Copilot; keys without the namespace of the project. */
  readonly values: Readonly<Record<string, readonly StackValue[]>>;
  /** What has no counterpart, by name: `api: http.stickiness: …`. */
  readonly missing: readonly string[];
}

const web: ReadonlySet<string> = new Set(['Load Balanced Web Service', 'Request-Driven Web Service']);
const known: ReadonlySet<string> = new Set([...web, 'Backend Service', 'Worker Service', 'Scheduled Job']);

/**
 * Converts what has a counterpart, and names what has none.
 *
 * @param service whose image the stack runs; absent: the one that there is
 * @throws Refusal `COPILOT_NO_WEB_SERVICE` or `COPILOT_SEVERAL_IMAGES`
 */
export function convertCopilot(
  { services, environments, besides }: CopilotFolder,
  service: string | undefined,
): Conversion {
  const usable = services.filter(({ type }) => known.has(type));
  const chosen = imageOf(usable, service);
  const own = usable.filter((each) => buildKey(each) === buildKey(chosen));
  const front = frontAmong(own);
  const context = buildOf(chosen);
  const missing: string[] = [
    ...services
      .filter(({ type }) => !known.has(type))
      .map(({ name, type }) => `${name}: the type ${type} has no counterpart`),
    ...usable
      .filter((each) => !own.includes(each))
      .map(
        ({ name }) =>
          `${name}: it is another image, and a stack runs one. Convert it with --service ${name} in a project of its own`,
      ),
    ...besides.map(
      (path) =>
        `${path}: ${path.endsWith('pipelines') ? 'the workflows in .github/ take its place' : 'resources of your own are Pulumi code in stack.resources.ts'}`,
    ),
  ];
  const values: Record<string, StackValue[]> = {};
  const add = (environment: string, value: StackValue) => {
    values[environment] = [...(values[environment] ?? []).filter(({ key }) => key !== value.key), value];
  };
  const names = new Set([
    ...environments.map(({ name }) => name),
    ...own.flatMap(({ fields }) => Object.keys(isRecord(fields['environments']) ? fields['environments'] : {})),
  ]);
  const processes = own.flatMap((each) => {
    const isFront = each === front;
    const name = isFront ? 'api' : processName(each.name);
    const fields = new Fields(each.fields);
    const process = processOf(each, name, fields, isFront ? undefined : aliasOf(front));
    for (const environment of names) {
      for (const value of [...settingsOf(fields, name, isFront), ...secretArns(fields.at('secrets'), name)])
        add(environment, value);
      const override = fields.at('environments').at(environment);
      for (const value of overridden(override, name, isFront)) add(environment, value);
    }
    fields.at('name').take();
    fields.at('type').take();
    missing.push(...describe(each.name, fields));
    // Without its times, it would run all the time.
    return each.type === 'Scheduled Job' && process.cron === undefined ? [] : [process];
  });
  for (const each of environments) {
    const fields = new Fields(each.fields);
    for (const value of environmentValues(fields)) add(each.name, value);
    fields.at('name').take();
    fields.at('type').take();
    missing.push(...describe(`environment ${each.name}`, fields));
  }
  return {
    ...context,
    processes: [...processes.filter(({ name }) => name === 'api'), ...processes.filter(({ name }) => name !== 'api')],
    values,
    missing,
  };
}

function describe(of: string, fields: Fields): readonly string[] {
  return fields.left().flatMap((path) => {
    const own = path.replace(/^environments\.[^.]+\./, '');
    const reason = reasonFor(own);
    return reason === undefined ? [] : [`${of}: ${path}: ${reason}`];
  });
}

function imageOf(services: readonly CopilotManifest[], service: string | undefined): CopilotManifest {
  if (service !== undefined) {
    const named = services.find(({ name }) => name === service);
    if (named !== undefined) return named;
    throw new Refusal({
      code: 'COPILOT_SERVICE_UNKNOWN',
      message: `There is no service ${service} that can be converted.`,
      remedy: `There are: ${services.map(({ name }) => name).join(', ')}.`,
    });
  }
  const fronts = services.filter(({ type }) => web.has(type));
  const images = new Set(fronts.map(buildKey));
  const [front] = fronts;
  if (front === undefined) {
    throw new Refusal({
      code: 'COPILOT_NO_WEB_SERVICE',
      message: 'No manifest is of a Load Balanced Web Service or a Request-Driven Web Service.',
      rule: 'A stack has one process that serves HTTP at least.',
      remedy: 'Name the service that is to serve it: --service <name>',
    });
  }
  if (images.size > 1) {
    throw new Refusal({
      code: 'COPILOT_SEVERAL_IMAGES',
      message: `${fronts.map(({ name }) => name).join(', ')} are built from different Dockerfiles.`,
      rule: 'A stack runs one image, in as many processes as you like.',
      remedy: `Choose one, each in a project of its own: --service ${front.name}`,
    });
  }
  return front;
}

/** The one that gets what no other one gets: at `/`, or the first. */
function frontAmong(own: readonly CopilotManifest[]): CopilotManifest | undefined {
  const serving = own.filter(({ type }) => web.has(type));
  const atRoot = serving
    .filter(({ fields }) => pathOf(fields) === '/')
    .toSorted((a, b) => hostLength(a) - hostLength(b));
  return atRoot[0] ?? serving[0] ?? own.find(({ type }) => type === 'Backend Service');
}

/** The host of the others is below the one of the front. */
function hostLength(manifest: CopilotManifest): number {
  return aliasOf(manifest)?.length ?? 0;
}

function pathOf(fields: CopilotManifest['fields']): string {
  const http = fields['http'];
  const path = isRecord(http) && typeof http['path'] === 'string' ? http['path'] : '/';
  return `/${path.replace(/^\//, '')}`;
}

function aliasOf(front: CopilotManifest | undefined): string | undefined {
  const http = front?.fields['http'];
  return isRecord(http) && typeof http['alias'] === 'string' ? http['alias'] : undefined;
}

function buildKey({ fields }: CopilotManifest): string {
  const image = isRecord(fields['image']) ? fields['image'] : {};
  const { dockerfile, context, target, args } = buildParts(image['build']);
  return image['location'] === undefined
    ? JSON.stringify([dockerfile, context, target, Object.entries(args).toSorted()])
    : String(image['location']);
}

/** https://aws.github.io/copilot-cli/docs/manifest/lb-web-service/#image-build */
function buildParts(build: unknown): {
  readonly dockerfile: string;
  readonly context: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
} {
  const parts = isRecord(build) ? build : { dockerfile: build };
  const given = typeof parts['dockerfile'] === 'string' ? parts['dockerfile'] : undefined;
  const context = typeof parts['context'] === 'string' ? parts['context'] : posix.dirname(given ?? 'Dockerfile');
  const dockerfile = given ?? posix.join(context, 'Dockerfile');
  const args = isRecord(parts['args'])
    ? Object.fromEntries(Object.entries(parts['args']).map(([key, value]) => [key, String(value)]))
    : {};
  return {
    dockerfile: posix.normalize(dockerfile),
    context: posix.normalize(context),
    ...(typeof parts['target'] === 'string' ? { target: parts['target'] } : {}),
    args,
  };
}

function buildOf(chosen: CopilotManifest): Pick<Conversion, 'appDirectory' | 'build' | 'dockerfile'> {
  const image = isRecord(chosen.fields['image']) ? chosen.fields['image'] : {};
  if (image['location'] !== undefined) return { appDirectory: '.', build: {} };
  const { dockerfile, context, target, args } = buildParts(image['build']);
  const appDirectory = posix.dirname(dockerfile);
  const up = posix.relative(appDirectory, context);
  const name = posix.basename(dockerfile);
  return {
    appDirectory,
    dockerfile: name,
    build: {
      context: up === '' ? '.' : up,
      ...(name === 'Dockerfile' ? {} : { dockerfile: name }),
      ...(target === undefined ? {} : { target }),
      ...(Object.keys(args).length === 0 ? {} : { args }),
    },
  };
}

function processName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 20)
    .replace(/-$/, '');
}

function processOf(
  { name: service, type, file }: CopilotManifest,
  name: string,
  fields: Fields,
  alias: string | undefined,
): ConvertedProcess {
  const image = fields.at('image');
  for (const key of ['dockerfile', 'context', 'target', 'args']) image.at('build').at(key).take();
  if (typeof image.at('build').raw === 'string') image.at('build').take();
  const entrypoint = wordsOf(fields.at('entrypoint'));
  const command = [...(entrypoint ?? []), ...(wordsOf(fields.at('command')) ?? [])];
  const schedule = fields.at('on').at('schedule');
  const cron = typeof schedule.raw === 'string' ? cronOf(schedule.raw) : undefined;
  if (cron !== undefined) schedule.take();
  const http = web.has(type) || name === 'api' ? httpOf(fields, name, alias) : undefined;
  return {
    name,
    type,
    file,
    ...(command.length === 0 ? {} : { command }),
    ...(http === undefined ? {} : { http }),
    ...(cron === undefined ? {} : { cron }),
    variables: { ...ofEnvironments(fields.at('environments')), ...plainOf(fields.at('variables'), service) },
    secrets: Object.fromEntries(
      fields.at('secrets').entries.flatMap(([key, field]) => {
        const from = secretName(field);
        return from === undefined ? [] : [[key, from]];
      }),
    ),
  };
}

function plainOf(field: Fields, service: string): Readonly<Record<string, Variable>> {
  return Object.fromEntries(
    field.entries.flatMap(([key, each]) => {
      const text = each.text();
      return text === undefined ? [] : [[key, replaced(text, service)]];
    }),
  );
}

/** Those that only environments have: each stack file has to set them. */
function ofEnvironments(environments: Fields): Readonly<Record<string, Variable>> {
  return Object.fromEntries(
    environments.entries.flatMap(([, override]) =>
      override.at('variables').entries.flatMap(([key, { raw }]) => {
        return isRecord(raw) ? [] : [[key, { example: String(raw) }]];
      }),
    ),
  );
}

/** https://aws.github.io/copilot-cli/docs/developing/manifest-env-var/ */
function replaced(text: string, service: string): string {
  return text.replaceAll('${COPILOT_ENVIRONMENT_NAME}', '{environment}').replaceAll('${COPILOT_SERVICE_NAME}', service);
}

function httpOf(fields: Fields, name: string, alias: string | undefined): ConvertedProcess['http'] {
  const http = fields.at('http');
  const port = fields.at('image').at('port').number() ?? 80;
  const check = http.at('healthcheck');
  const healthcheck = typeof check.raw === 'string' ? check.text() : check.at('path').text();
  const given = http.at('path');
  const own = http.at('alias');
  const host =
    alias !== undefined && typeof own.raw === 'string' && own.raw.endsWith(`.${alias}`)
      ? own.raw.slice(0, -alias.length - 1)
      : undefined;
  if (host !== undefined) own.take();
  const path = String(given.raw ?? '').replaceAll(/^\/|\/$/g, '');
  // One process alone gets what no other one gets: another one at `/` is left to be named.
  if (name === 'api' || host !== undefined || path !== '') given.take();
  const route =
    name === 'api' ? undefined : host === undefined ? { path: `/${path === '' ? name : path}/*` } : { host };
  return { port, ...(healthcheck === undefined ? {} : { healthcheck }), ...(route === undefined ? {} : { route }) };
}

function wordsOf(field: Fields): readonly string[] | undefined {
  const { raw } = field;
  if (Array.isArray(raw)) {
    field.take();
    return raw.map(String);
  }
  return field
    .text()
    ?.split(/\s+/)
    .filter((word) => word !== '');
}

/** A name of Parameter Store, `secretsmanager: name`, or an ARN in quotes. */
function secretName(field: Fields): string | undefined {
  const manager = field.at('secretsmanager');
  if (manager.isThere) {
    const text = manager.text();
    return text === undefined ? undefined : `secretsmanager:${text}`;
  }
  return field.text()?.replaceAll(/^['"]|['"]$/g, '');
}

function secretArns(field: Fields, name: string): readonly StackValue[] {
  return field.entries.flatMap(([key, each]) => {
    const from = secretName(each);
    if (from === undefined || parseSecretArn(from) === undefined) return [];
    return [{ key: `app:${key}`, value: from, why: `Secret of ${name}, as Copilot had it.` }];
  });
}

function settingsOf(fields: Fields, name: string, isFront: boolean): readonly StackValue[] {
  const prefix = name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const why = `Of ${name}, as Copilot had it.`;
  const said = (key: string, value: number | undefined): readonly StackValue[] =>
    value === undefined ? [] : [{ key, value, why }];
  const count = fields.at('count');
  const plain = count.number();
  const range = rangeOf(count.at('range'));
  const percent = (key: string) => count.at(key).number() ?? count.at(key).at('value').number();
  const alias = fields.at('http').at('alias');
  const domain = isFront ? aliasText(alias) : undefined;
  const zone = isFront ? fields.at('http').at('hosted_zone').text() : undefined;
  return [
    ...said(`${prefix}CpuUnits`, fields.at('cpu').number()),
    ...said(`${prefix}MemoryMiB`, fields.at('memory').number()),
    ...said(`${prefix}DesiredCount`, plain ?? range?.min),
    ...said(`${prefix}MaxCount`, plain ?? range?.max),
    ...said(`${prefix}CpuTargetPercent`, percent('cpu_percentage')).map((each) => ofAll(each, isFront)),
    ...said(`${prefix}MemoryTargetPercent`, percent('memory_percentage')).map((each) => ofAll(each, isFront)),
    ...said(`${prefix}RequestsPerTargetPerMinute`, percent('requests')).map((each) => ofAll(each, isFront)),
    ...(domain === undefined ? [] : [{ key: 'domainName', value: domain, why: 'Domain of the API, over HTTPS.' }]),
    ...(zone === undefined ? [] : [{ key: 'hostedZoneId', value: zone, why: 'Hosted zone of the domain.' }]),
  ];
}

/** The targets of the process `api` are those of all processes without their own. */
function ofAll(value: StackValue, isFront: boolean): StackValue {
  const key = value.key.replace(/^api/, '');
  return isFront ? { ...value, key: `${key.charAt(0).toLowerCase()}${key.slice(1)}` } : value;
}

function aliasText(alias: Fields): string | undefined {
  const { raw } = alias;
  if (typeof raw === 'string') return alias.text();
  if (!Array.isArray(raw) || raw.length !== 1) return undefined;
  const [only] = raw;
  const name = isRecord(only) ? only['name'] : only;
  if (typeof name !== 'string') return undefined;
  alias.take();
  return name;
}

function rangeOf(range: Fields): { readonly min: number; readonly max: number } | undefined {
  const [, from, to] = typeof range.raw === 'string' ? (/^(\d+)-(\d+)$/.exec(range.raw) ?? []) : [];
  if (from !== undefined && to !== undefined) {
    range.take();
    return { min: Number(from), max: Number(to) };
  }
  const [min, max] = [range.at('min').number(), range.at('max').number()];
  return min === undefined || max === undefined ? undefined : { min, max };
}

function overridden(override: Fields, name: string, isFront: boolean): readonly StackValue[] {
  return [
    ...settingsOf(override, name, isFront),
    ...override.at('variables').entries.flatMap(([key, field]) => {
      const text = field.text();
      return text === undefined ? [] : [{ key: `app:${key}`, value: text, why: `Of ${name}, as Copilot had it.` }];
    }),
    ...secretArns(override.at('secrets'), name),
  ];
}

/** https://aws.github.io/copilot-cli/docs/manifest/environment/ */
function environmentValues(fields: Fields): readonly StackValue[] {
  const vpc = fields.at('network').at('vpc');
  const id = vpc.at('id').text();
  const cidr = vpc.at('cidr').text();
  const subnets = (kind: string, key: string): readonly StackValue[] => {
    const field = vpc.at('subnets').at(kind);
    const { raw } = field;
    const ids = Array.isArray(raw)
      ? raw.flatMap((each) => (isRecord(each) && typeof each['id'] === 'string' ? [each['id']] : []))
      : [];
    if (ids.length === 0) return [];
    field.take();
    return [{ key, value: ids.join(','), why: 'Of the VPC that was there.' }];
  };
  const insights = fields.at('observability').at('container_insights').text();
  return [
    ...(id === undefined ? [] : [{ key: 'existingVpcId', value: id, why: 'The VPC that was there.' }]),
    ...subnets('public', 'existingPublicSubnetIds'),
    ...subnets('private', 'existingPrivateSubnetIds'),
    ...(cidr === undefined ? [] : [{ key: 'vpcCidr', value: cidr, why: 'As Copilot had it.' }]),
    ...(insights === undefined
      ? []
      : [{ key: 'containerInsights', value: insights === 'true' ? 'enabled' : 'disabled', why: 'As Copilot had it.' }]),
  ];
}
