import { posix } from 'node:path';
import type { AppSecret, Variable } from '../../infra/manifest/app.ts';
import { ownDirectory } from './dockerfile-text.ts';
import type { Program } from './launches.ts';
import { type MigrationFacts, missingInProduction } from './migrations.ts';
import type { Proposal, ProposedProcess, Said, SaidBy } from './proposal.ts';
import { type Answers, livenessOf, portOf, type Question, questionsOf, readinessOf } from './questions.ts';
import type { VariableUse } from './source-facts.ts';
import type { Start, Survey } from './survey.ts';
import { type Surroundings, type Verdict, verdictOf } from './variable-values.ts';

/** Where the image comes from, beside what the app's own Dockerfile says. */
export interface ImageChoice {
  /** One that the command writes beside the app's own. Absent: the one that is called `Dockerfile`. */
  readonly dockerfile?: string;
  /** The app's directory has a `.dockerignore`, or gets one. */
  readonly ignoreFile: boolean;
}

/**
 * The manifest of an app, with how each line is known.
 *
 * @param answers to {@link questionsOf}; what is missing is marked, to be looked at
 */
export function propose(seen: Survey, answers: Answers, image: ImageChoice): Proposal {
  // What the app's own Dockerfile sets is not in an image of another one.
  const { dockerfile: _, ...withoutDockerfile } = seen;
  const survey: Survey = image.dockerfile === undefined ? seen : withoutDockerfile;
  const { source, starts, valkey, client } = survey;
  const questions = questionsOf(seen);
  const front = starts.find(({ name }) => name === 'api');
  const verdicts = source.variables.map((use) => ({ use, verdict: verdictOf(use, surroundingsOf(survey, use)) }));
  const of = <K extends Verdict['kind']>(kind: K) =>
    verdicts.flatMap(({ use, verdict }) =>
      verdict.kind === kind ? [{ use, verdict: verdict as Extract<Verdict, { kind: K }> }] : [],
    );
  const secretNames = of('secret').map(({ use }) => use.name);
  const listener: SaidBy<Variable> = Object.fromEntries(
    of('listener').map(({ use, verdict }) => [use.name, said(verdict)]),
  );
  const api: ProposedProcess = {
    name: 'api',
    why: 'serves HTTP behind the load balancer',
    command:
      front === undefined
        ? answered(questions, answers, 'command', (text) => text.split(/\s+/))
        : programOf(front, seen),
    http: {
      port: found(portOf(seen)) ?? answered(questions, answers, 'port', Number),
      liveness: found(livenessOf(survey)) ?? answered(questions, answers, 'liveness', String),
      ...optional('readiness', found(readinessOf(survey))),
    },
    variables: listener,
    secrets: secretNames,
  };
  const others = starts.filter(({ name }) => name !== 'api').map((start) => background(start, secretNames));
  const build = buildOf(survey, image);
  const release = releaseOf(survey, secretNames);
  return {
    processes: [api, ...others],
    ...optional('build', build),
    ...optional('release', release),
    ...optional('databaseAccess', accessOf(survey, release !== undefined)),
    variables: {
      ...Object.fromEntries(of('variable').map(({ use, verdict }) => [use.name, said(verdict)])),
      ...added(survey, source.variables),
    },
    secrets: Object.fromEntries(of('secret').map(({ use, verdict }) => [use.name, secret(verdict)])),
    ...optional('folders', foldersOf(survey)),
    ...optional('egress', egressOf(survey)),
    leftOut: of('out').map(({ use, verdict }) => ({ name: use.name, why: verdict.why })),
    notes: notesOf(survey, { valkey, client: client !== undefined, release: release !== undefined }),
  };
}

/** Where the compiler puts what it compiles follows from all that it compiles. */
function programOf({ program, from }: Start, { besideSource }: Survey): Said<Program> {
  if (besideSource === undefined || !program.includes('dist/main.js')) return { value: program, why: from };
  return {
    value: program,
    why: `${from}. tsconfig.json includes ${besideSource} beside src: if the compiler then writes dist/src/main.js, this is the one`,
    check: true,
  };
}

function optional<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  const given: Partial<Record<K, T>> = {};
  if (value !== undefined) given[key] = value;
  return given;
}

function said(verdict: { readonly value: Variable; readonly why: string; readonly check?: true }): Said<Variable> {
  const { value, why, check } = verdict;
  return { value, why, ...optional('check', check) };
}

function found<T>(known: { readonly value: T; readonly why: string } | undefined): Said<T> | undefined {
  return known === undefined ? undefined : { value: known.value, why: known.why };
}

function answered<T>(
  questions: readonly Question[],
  answers: Answers,
  key: Question['key'],
  read: (text: string) => T,
): Said<T> {
  const question = questions.find((each) => each.key === key);
  const given = answers[key];
  if (given !== undefined) return { value: read(given), why: 'not visible in the code: as it was answered' };
  return { value: read(question?.fallback ?? ''), why: 'not visible in the code: a guess', check: true };
}

function secret({ description, generate, why }: Extract<Verdict, { kind: 'secret' }>): Said<AppSecret> {
  return { value: { description, ...(generate ? { generate: true } : {}) }, why };
}

function surroundingsOf({ source, example, client, folder }: Survey, { name }: VariableUse): Surroundings {
  const names = source.variables.map((use) => use.name);
  const value = example?.values[name];
  // What only an address is made of does not count: Prisma reads nothing else.
  const databaseInParts =
    names.some((each) => /^(?:[A-Z]+_)??(?:DATABASE|DB|POSTGRES|PG|TYPEORM)_?HOST$/.test(each)) &&
    !folder.files.some((file) => file.endsWith('.prisma'));
  return {
    listens: source.listen.variables.includes(name),
    ...(value === undefined || example === undefined ? {} : { example: value, exampleFile: example.file }),
    ...(client === undefined ? {} : { client }),
    databaseInParts,
  };
}

/** What no app reads by itself: how its runtime reaches Postgres and Valkey, and how much memory it has. */
function added({ client, valkey, dockerfile, facts, source }: Survey, uses: readonly VariableUse[]): SaidBy<Variable> {
  const reads = (name: string) => uses.some((use) => use.name === name);
  const asks = (pattern: RegExp) => uses.some(({ name }) => pattern.test(name));
  const shell = dockerfile === undefined || !/distroless|^scratch$/.test(dockerfile.base);
  const pg = client === 'pg';
  const libpq = pg && !asks(/DATABASE_URL$|HOST$/) && source.variables.length > 0 && 'pg' in facts.dependencies;
  return {
    ...(reads('NODE_ENV') ? {} : { NODE_ENV: { value: 'production', why: 'what frameworks and libraries look at' } }),
    ...(libpq
      ? {
          PGHOST: { value: '{database.host}', why: 'read by pg itself' },
          PGPORT: { value: '{database.port}', why: 'read by pg itself' },
          PGUSER: { value: '{database.user}', why: 'read by pg itself' },
          PGPASSWORD: { value: '{database.password}', why: 'read by pg itself' },
          PGDATABASE: { value: '{database.name}', why: 'read by pg itself' },
        }
      : {}),
    ...(pg && !reads('PGSSLMODE')
      ? { PGSSLMODE: { value: '{database.tls}', why: 'read by pg itself: TLS, with the certificate verified' } }
      : {}),
    ...((client !== undefined || valkey) && shell
      ? { NODE_EXTRA_CA_CERTS: { value: '{authorities.file}', why: 'Node.js does not know the authorities of RDS' } }
      : {}),
    NODE_OPTIONS:
      dockerfile?.variables['NODE_OPTIONS'] === undefined
        ? { value: '{node.heap}', why: 'a heap that fits the memory of the task' }
        : { value: '{image} {node.heap}', why: 'those of the image, and a heap that fits the memory of the task' },
  };
}

function background({ name, program, from }: Start, secrets: readonly string[]): ProposedProcess {
  return {
    name,
    why: 'runs in the background, where no request reaches it',
    command: { value: program, why: from },
    scaling: { value: ['cpu', 'memory'], why: "add 'queue-age' once it reports the metric QueueAgeSeconds" },
    variables: {},
    secrets,
  };
}

function buildOf({ facts: { workspace }, dockerfile }: Survey, image: ImageChoice): Proposal['build'] {
  const context = workspace?.up ?? (image.ignoreFile ? undefined : '.');
  const needed = dockerfile?.neededArguments ?? [];
  const args = Object.fromEntries(needed.map((name) => [name, '']));
  if (context === undefined && image.dockerfile === undefined && needed.length === 0) return undefined;
  const why = [
    ...(image.dockerfile === undefined ? [] : ['written by stack init, beside the one of the app']),
    ...(workspace === undefined ? [] : ['a package of a monorepo, which needs files of the whole']),
    ...(needed.length === 0 ? [] : [`the Dockerfile has no default for ${needed.join(', ')}`]),
  ].join('; ');
  return {
    value: {
      ...optional('context', context),
      ...optional('dockerfile', image.dockerfile),
      ...(needed.length === 0 ? {} : { args }),
    },
    why: why === '' ? 'this directory alone, whatever is around it' : why,
    ...(needed.length === 0 ? {} : { check: true }),
  };
}

function releaseOf(survey: Survey, secrets: readonly string[]): Proposal['release'] {
  const { migrations, release } = survey;
  const command: Said<Program> | undefined =
    release === undefined
      ? migrations?.command === undefined
        ? undefined
        : { value: migrations.command, why: `migrations of ${migrations.tool}` }
      : { value: release.command, why: release.from };
  if (command === undefined) return undefined;
  return {
    command,
    ...optional('migrations', sourceOf(migrations)),
    secrets: release !== undefined || migrations?.readsApp === true ? secrets : [],
  };
}

function sourceOf(migrations: MigrationFacts | undefined): NonNullable<Proposal['release']>['migrations'] {
  if (migrations?.folder === undefined) return undefined;
  return {
    value: { tool: migrations.tool, folder: migrations.folder },
    why: 'whether old code can live with each of them, only you know: see docs/migrations.md',
  };
}

function accessOf({ source }: Survey, hasRelease: boolean): Proposal['databaseAccess'] {
  const [file] = source.changesSchema;
  if (file === undefined || hasRelease) return undefined;
  return { value: 'tables', why: `${file} changes the schema when the app starts` };
}

/** What it writes beside itself, from where it starts. */
function foldersOf({ source, dockerfile }: Survey): Proposal['folders'] {
  if (source.writes.length === 0) return undefined;
  const start = dockerfile?.directory ?? ownDirectory;
  return Object.fromEntries(
    source.writes.map(({ path, file }) => [
      posix.resolve(start, path),
      { value: 64, why: `${file} writes there: is it enough, and may it be lost? If not, use S3`, check: true },
    ]),
  );
}

const mailPorts: readonly number[] = [25, 465, 587, 2525];

function egressOf({ facts, example }: Survey): Proposal['egress'] {
  const sends = ['nodemailer', '@nestjs-modules/mailer', 'emailjs'].some((name) => name in facts.dependencies);
  if (!sends) return undefined;
  const [name, text] =
    Object.entries(example?.values ?? {}).find(([each]) =>
      /^(?:\w+_)?(?:MAIL|SMTP|EMAIL|MAILER)_(?:SMTP_)?PORT$/.test(each),
    ) ?? [];
  const port = Number(text);
  if (mailPorts.includes(port)) return { smtp: { value: port, why: `${name} in ${example?.file ?? ''}` } };
  return { smtp: { value: 587, why: 'it sends mail: is this the port of your mail server?', check: true } };
}

/** Valkey takes connections over TLS alone, from a user that has a name. */
function plainRedis({ source, valkey }: Survey): readonly string[] {
  const names = source.variables.map(({ name }) => name).filter((name) => /REDIS|VALKEY/.test(name));
  if (!valkey || names.some((name) => /URL|URI|DSN/.test(name))) return [];
  const lacking = [
    ...(source.redisOverTls || names.some((name) => /TLS|SSL/.test(name)) ? [] : ['`tls: {}`']),
    ...(names.some((name) => /USER/.test(name)) ? [] : ["`username`, from a variable with the value '{valkey.user}'"]),
  ];
  if (lacking.length === 0) return [];
  return [
    `Valkey refuses connections without TLS and without the name of its user, and no variable says either: give the client of Redis ${lacking.join(' and ')}.`,
  ];
}

/** What the manifest cannot say. */
function notesOf(
  survey: Survey,
  has: { readonly valkey: boolean; readonly client: boolean; readonly release: boolean },
): readonly string[] {
  const { source, facts, dockerfile, migrations, besides, starts } = survey;
  const foreign = ['mysql', 'mysql2', 'mariadb', 'mongoose', 'mongodb', 'mssql', 'oracledb'].filter(
    (name) => name in facts.dependencies,
  );
  const background = starts.some(({ name }) => name !== 'api');
  const kinds = (names: readonly string[]) => names.join(', ');
  return [
    ...(foreign.length === 0
      ? []
      : [
          `package.json has ${kinds(foreign)}: the stack has Postgres${has.client ? '' : ', and nothing else was found'}.`,
        ]),
    ...(besides.length === 0
      ? []
      : [`Not taken over from the start: ${besides.map((text) => `\`${text}\``).join(', ')}.`]),
    ...(migrations !== undefined && migrations.command === undefined
      ? [
          `Migrations of ${migrations.tool} are there, but nothing that runs them without a compiler: write release.command yourself.`,
        ]
      : []),
    ...Object.entries(missingInProduction(facts, source, migrations)).map(
      ([name, by]) =>
        `${name} is a devDependency, and ${by} needs it: the image must not leave it out. Move it to dependencies.`,
    ),
    ...(has.client && migrations === undefined && !has.release && source.changesSchema.length === 0
      ? ['No migrations are visible: nothing creates the tables.']
      : []),
    ...source.unnamed.map(
      (file) => `${file} reads variables by names that are not written there: look whether the manifest has them all.`,
    ),
    ...plainRedis(survey),
    ...source.crons.map(
      ({ file, count }) =>
        `${file} has ${count === 1 ? 'a cron job' : `${count} cron jobs`} in it, which every task runs at the same time. A process with \`schedule\` runs once.`,
    ),
    ...(source.jobs.length > 0 && !background
      ? [`${kinds(source.jobs)} takes jobs in the tasks that serve HTTP. A process of its own scales by itself.`]
      : []),
    ...(facts.framework === 'nest' && !source.endsInOrder
      ? ['Nothing calls app.enableShutdownHooks(): a stopping task cuts its requests.']
      : []),
    ...(source.listen.loopback === undefined
      ? []
      : [`It listens on ${source.listen.loopback}, where the load balancer cannot reach it: use 0.0.0.0.`]),
    ...(dockerfile !== undefined && /distroless|^scratch$/.test(dockerfile.base)
      ? ['The image has no shell, so NODE_EXTRA_CA_CERTS is not set: pass {database.ca} to the driver.']
      : []),
  ];
}
