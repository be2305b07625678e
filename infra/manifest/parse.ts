import { z } from 'zod';
import { didYouMean } from '../settings/did-you-mean.ts';
import { type App, type AppProcess, type Permission, releaseCommand, type Variable, type Variables } from './app.ts';
import { eventBridgeCron } from './cron.ts';
import { ManifestError, type ManifestProblem } from './problems.ts';
import { afterImage, partsOf, secretSources, sourceNames, sourcesIn } from './sources.ts';

const name = 'a name of letters, digits and underscores that starts with no digit';
const path = z.string().regex(/^\/\S*$/, 'a path that starts with /, such as /health');
const port = z.int('a port from 1 to 65535').min(1, 'a port from 1 to 65535').max(65_535, 'a port from 1 to 65535');
const command = z
  .array(z.string('a text'), "a program and its arguments, such as ['node', 'dist/main.js']")
  .min(1, "a program and its arguments, such as ['node', 'dist/main.js']");
const variable: z.ZodType<Variable> = z.union(
  [z.string(), z.strictObject({ example: z.string() })],
  'a text, or { example } where every stack file has to set it',
);
const variables = z.record(z.string().regex(/^[A-Za-z_]\w*$/, name), variable, 'variables by their names');
const pathRule = 'a path of up to 128 characters that ends with /*, such as /admin/*';
const route = z.union(
  [
    z.strictObject({
      path: z
        .string()
        .regex(/^(\/[\w.~-]+){1,8}\/\*$/, pathRule)
        .max(128, pathRule),
    }),
    z.strictObject({
      host: z.string().regex(/^[a-z0-9](-?[a-z0-9]){0,30}$/, 'one label of a host name, such as admin'),
    }),
  ],
  "{ path } that ends with /*, such as '/admin/*', or { host } that is one label of a host name, such as 'admin'",
);
const processName = /^[a-z](-?[a-z0-9]){0,19}$/;
const permission = z.strictObject({
  actions: z
    .array(z.string().regex(/^[a-z0-9-]+:[A-Za-z0-9]+$/, 'an action such as s3:PutObject, without *: name each one'))
    .min(1, 'at least one action'),
  resources: z
    .array(z.string().regex(/^\*$|^arn:[a-z{-][\w-]*}?:[a-z0-9-]+:[^:]*:[^:]*:.+$/, 'an ARN, or * with a reason'))
    .min(1, 'at least one ARN'),
  conditions: z
    .record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])), 'as in an IAM policy')
    .exactOptional(),
  reason: z.string('a text').min(10, 'a sentence').exactOptional(),
});
const process = {
  command,
  permissions: z.array(permission, 'statements: [{ actions, resources }]').exactOptional(),
  variables: variables.exactOptional(),
  secrets: z.array(z.string(), 'names from secrets').exactOptional(),
};

const build = z.strictObject(
  {
    context: z
      .string()
      .regex(/^(\.|\.\.(\/\.\.)*)$/, '., or a directory above such as .. or ../..')
      .exactOptional(),
    dockerfile: z
      .string()
      .regex(/^[\w.-][\w./-]*$/, 'a path relative to the app’s directory')
      .exactOptional(),
    target: z
      .string()
      .regex(/^[A-Za-z][\w.-]*$/, 'the name of a stage')
      .exactOptional(),
    args: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, name), z.string('a text'), 'texts by their names')
      .exactOptional(),
  },
  '{ context, dockerfile, target, args }',
);
/** The stack sets these itself. */
const ownArguments: readonly string[] = ['RELEASE_VERSION', 'RELEASE_COMMIT', 'NODE_BASE_IMAGE'];

const manifest = z.strictObject(
  {
    processes: z.record(
      z.string().regex(processName, 'a name of up to 20 lower-case letters, digits and hyphens, a letter first'),
      z.strictObject(
        {
          ...process,
          http: z
            .strictObject(
              {
                port,
                liveness: path,
                readiness: path.exactOptional(),
                version: path.exactOptional(),
                docs: path.exactOptional(),
                route: route.exactOptional(),
              },
              '{ port, liveness } at least: where it answers',
            )
            .exactOptional(),
          health: z.strictObject({ port, path }, '{ port, path }').exactOptional(),
          schedule: z
            .strictObject(
              {
                cron: z.string('a cron expression, such as 30 3 * * MON-FRI'),
                timeZone: z.string('a name from the IANA time zone database, such as Europe/Berlin').exactOptional(),
              },
              '{ cron }, such as 30 3 * * MON-FRI, and timeZone where it is not UTC',
            )
            .exactOptional(),
          once: z.literal(true, 'true').exactOptional(),
          healthCheck: command.exactOptional(),
          scaling: z
            .array(z.enum(['cpu', 'memory', 'requests', 'queue-age']), 'some of cpu, memory, requests, queue-age')
            .exactOptional(),
        },
        '{ command } at least: docs/your-app.md has an example',
      ),
      'the processes of the app by their names, such as api',
    ),
    release: z
      .strictObject(
        {
          ...process,
          migrations: z
            .union(
              [
                z.literal('none'),
                z.strictObject({
                  tool: z.enum(['stack', 'prisma', 'drizzle', 'knex', 'sequelize', 'typeorm', 'node-pg-migrate']),
                  folder: z.string().regex(/^[\w.-]+(\/[\w.-]+)*\/?$/),
                }),
              ],
              "none, or { tool, folder } with one of stack, prisma, drizzle, knex, sequelize, typeorm, node-pg-migrate, such as { tool: 'prisma', folder: 'prisma/migrations' }",
            )
            .exactOptional(),
        },
        '{ command }: what runs once before each rollout',
      )
      .exactOptional(),
    build: build.exactOptional(),
    databaseAccess: z
      .enum(['rows', 'tables', 'release-command'], 'one of rows, tables, release-command')
      .exactOptional(),
    variables: variables.exactOptional(),
    secrets: z
      .record(
        z.string().regex(/^[A-Za-z_]\w*$/, name),
        z.strictObject({
          description: z.string('a text that says what it is for'),
          generate: z.literal(true, 'true, or left out').exactOptional(),
        }),
        'secrets by the names of their variables',
      )
      .exactOptional(),
    folders: z
      .record(
        z.string().regex(/^\/[^\s:,]*[^\s:,/]$/, 'the path of a folder, such as /app/uploads'),
        z
          .int('a size in MiB from 1 to 10240')
          .min(1, 'a size in MiB from 1 to 10240')
          .max(10_240, 'a size in MiB from 1 to 10240'),
        'sizes in MiB by the paths of the folders',
      )
      .exactOptional(),
    egress: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'a name of up to 20 lower-case letters, digits and hyphens'),
        port,
        'ports by names',
      )
      .exactOptional(),
    smokeTest: z.string('a path relative to the app’s directory').exactOptional(),
  },
  'an object: see docs/your-app.md',
) satisfies z.ZodType<App>;

/**
 * Checks what a manifest says.
 *
 * @param file where it is, for the error
 * @throws one ManifestError that lists all problems
 */
export function parseManifest(file: string, value: unknown): App {
  const parsed = manifest.safeParse(value);
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.flatMap((issue) => describeIssue(issue, value));
  if (!parsed.success || problems.length > 0) throw new ManifestError(file, problems);
  return parsed.data;
}

const page = 'docs/your-app.md explains every field.';

function describeIssue(issue: z.core.$ZodIssue, value: unknown): readonly ManifestProblem[] {
  const key = issue.path.join('.');
  const at = valueAt(value, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((unknown) => ({
      key: [key, unknown].filter((part) => part !== '').join('.'),
      found: 'is set',
      rule: 'a field that exists',
      remedy: nearest(unknown, knownFields) ?? page,
    }));
  }
  if (issue.code === 'invalid_key') {
    const rule = issue.issues[0]?.message ?? name;
    return [{ key, found: 'is a name in it', rule, remedy: 'Rename it.' }];
  }
  return [{ key: key === '' ? 'app' : key, found: shown(at), rule: issue.message, remedy: page }];
}

const knownFields = [
  ...[
    'processes',
    'build',
    'release',
    'databaseAccess',
    'migrations',
    'variables',
    'secrets',
    'smokeTest',
    'folders',
    'egress',
    'command',
    'permissions',
    'http',
    'health',
  ],
  ...[
    'scaling',
    'route',
    'schedule',
    'cron',
    'timeZone',
    'once',
    'host',
    'healthCheck',
    'port',
    'liveness',
    'readiness',
    'version',
    'docs',
    'path',
    'description',
    'generate',
    'example',
  ],
  ...['actions', 'resources', 'conditions', 'reason', 'context', 'dockerfile', 'target', 'args'],
];

function nearest(word: string, candidates: readonly string[]): string | undefined {
  const found = didYouMean(word, candidates);
  return found === undefined ? undefined : `Did you mean ${found}?`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

function shown(value: unknown): string {
  return value === undefined ? 'is not set' : `is ${JSON.stringify(value)}`;
}

/** What is valid field by field, but not together. */
function contradictions(app: App): readonly ManifestProblem[] {
  const programs = [
    ...Object.entries(app.processes).map(([name, program]) => [`processes.${name}`, program] as const),
    ['release', app.release] as const,
  ];
  return [
    ...variableProblems('variables', app.variables),
    ...kinds(app),
    ...programs.flatMap(([key, program]) => [
      ...variableProblems(`${key}.variables`, program?.variables),
      ...undeclaredSecrets(key, program?.secrets, app),
      ...anyResource(key, program?.permissions),
    ]),
    ...doubles(app),
    ...takenArguments(app),
    ...ownersPassword(app),
    ...nobodyGrants(app),
  ];
}

/** Names that the stack gives to other containers, services and resources. */
const reservedNames: readonly string[] = [
  releaseCommand,
  ...['alarms', 'boundary', 'cluster', 'collector', 'database', 'edge', 'flows', 'image', 'load-balancer', 'network'],
  ...['ministack', 'scheduler', 'secrets', 'shells', 'traffic', 'valkey'],
];

function kinds({ processes }: App): readonly ManifestProblem[] {
  const names = Object.keys(processes);
  const serving = names.filter((name) => processes[name]?.http !== undefined);
  const fronts = serving.filter((name) => processes[name]?.http?.route === undefined);
  const routes = serving.map((name) => JSON.stringify(processes[name]?.http?.route));
  return [
    ...names
      .filter((name) => reservedNames.includes(name))
      .map((name) => ({
        key: `processes.${name}`,
        found: 'is the name of something else in each environment',
        rule: `none of ${reservedNames.join(', ')}`,
        remedy: 'Rename it.',
      })),
    ...(fronts.length === 1
      ? []
      : [
          {
            key: 'processes',
            found:
              serving.length === 0
                ? `has none that serves HTTP (${names.join(', ') || 'nothing'})`
                : `has ${fronts.length} that serve HTTP without a route (${fronts.join(', ')})`,
            rule: 'with exactly one process that has http without a route: it gets what no other one gets',
            remedy:
              serving.length === 0
                ? 'Give one process http: { port, liveness }.'
                : "Give each of the others a route, such as { path: '/admin/*' }.",
          },
        ]),
    ...serving.flatMap((name, index) => {
      const own = JSON.stringify(processes[name]?.http?.route);
      const first = routes.indexOf(own);
      if (first === index || own === undefined) return [];
      return [
        {
          key: `processes.${name}.http.route`,
          found: `is ${own}, as that of ${serving[first]}`,
          rule: 'of one process alone',
          remedy: 'Choose another one.',
        },
      ];
    }),
    ...names.flatMap((name) => startProblems(`processes.${name}`, processes[name] ?? { command: [] })),
    ...names.flatMap((name) => misplaced(`processes.${name}`, processes[name] ?? { command: [] })),
  ];
}

/** What starts it: one thing, at times that exist. */
function startProblems(key: string, process: AppProcess): readonly ManifestProblem[] {
  const { schedule } = process;
  const kinds = (['http', 'schedule', 'once'] as const).filter((kind) => process[kind] !== undefined);
  const ending = kinds.filter((kind) => kind !== 'http');
  const served = (['health', 'healthCheck', 'scaling'] as const).filter((field) => process[field] !== undefined);
  const wrong = schedule === undefined ? undefined : messageOf(() => eventBridgeCron(schedule.cron));
  return [
    ...(kinds.length > 1
      ? [
          {
            key,
            found: `has ${kinds.join(' and ')}`,
            rule: 'one of http, schedule and once, or none: it then runs in the background',
            remedy: 'Make two processes of it, which may have the same command.',
          },
        ]
      : []),
    ...(ending.length > 0
      ? served.map((field) => ({
          key: `${key}.${field}`,
          found: 'is set',
          rule: `left out beside ${ending.join(' and ')}: it runs to its end`,
          remedy: 'Remove it.',
        }))
      : []),
    ...(wrong === undefined || schedule === undefined
      ? []
      : [{ key: `${key}.schedule.cron`, found: shown(schedule.cron), rule: wrong, remedy: page }]),
    ...(schedule?.timeZone === undefined || messageOf(() => zoned(schedule.timeZone)) === undefined
      ? []
      : [
          {
            key: `${key}.schedule.timeZone`,
            found: shown(schedule.timeZone),
            rule: 'a name from the IANA time zone database, such as Europe/Berlin',
            remedy: page,
          },
        ]),
  ];
}

function zoned(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', timeZone === undefined ? {} : { timeZone });
}

function messageOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function misplaced(key: string, { http, health, scaling = [] }: AppProcess): readonly ManifestProblem[] {
  const other = http === undefined ? 'requests' : 'queue-age';
  return [
    ...(http === undefined || health === undefined
      ? []
      : [
          {
            key: `${key}.health`,
            found: shown(health),
            rule: 'left out beside http: its liveness path is what is checked',
            remedy: 'Remove it.',
          },
        ]),
    ...(scaling.includes(other)
      ? [
          {
            key: `${key}.scaling`,
            found: `has "${other}"`,
            rule: http === undefined ? 'without it: it gets no requests' : 'without it: it takes no jobs',
            remedy: 'Remove it.',
          },
        ]
      : []),
  ];
}

function variableProblems(key: string, given: Variables | undefined): readonly ManifestProblem[] {
  return Object.entries(given ?? {}).flatMap(([name, value]) => {
    if (typeof value !== 'string') return [];
    const at = { key: `${key}.${name}`, found: shown(value) };
    return unknownSources(value).map((problem) => ({ ...at, ...problem }));
  });
}

function unknownSources(value: string): readonly Pick<ManifestProblem, 'rule' | 'remedy'>[] {
  const rest = sourcesIn(afterImage(value) ?? value);
  if (rest.includes('image')) {
    return [{ rule: 'with {image} at its beginning, once', remedy: 'Put the rest behind it.' }];
  }
  if (afterImage(value) !== undefined && rest.some((source) => secretSources.has(source))) {
    return [{ rule: 'without a secret beside {image}', remedy: 'Give the secret a variable of its own.' }];
  }
  return sourcesIn(value)
    .filter((source) => !sourceNames.includes(source))
    .map((source) => ({
      rule: `made of names that exist: there is no {${source}}`,
      remedy: nearest(source, sourceNames) ?? 'docs/your-app.md lists them.',
    }));
}

/** RDS keeps the owner's password and changes it: nobody can put it into a longer text. */
function ownersPassword({ databaseAccess, variables = {}, release }: App): readonly ManifestProblem[] {
  if (databaseAccess !== 'release-command') return [];
  const reached = [
    ...Object.entries(variables).map(([name, value]) => [`variables.${name}`, value] as const),
    ...Object.entries(release?.variables ?? {}).map(([name, value]) => [`release.variables.${name}`, value] as const),
  ];
  return reached
    .filter(
      ([, value]) =>
        typeof value === 'string' && sourcesIn(value).includes('database.password') && partsOf(value).length > 1,
    )
    .map(([key, value]) => ({
      key,
      found: shown(value),
      rule: '{database.password} alone: the release command runs as the owner, whose password RDS keeps and changes',
      remedy: 'Set it for each process instead, or leave out databaseAccess: the stack then sets up the roles.',
    }));
}

function nobodyGrants({ databaseAccess, release }: App): readonly ManifestProblem[] {
  if (databaseAccess !== 'release-command' || release !== undefined) return [];
  return [
    {
      key: 'databaseAccess',
      found: 'is "release-command"',
      rule: 'rows or tables where there is no release command',
      remedy: 'Leave it out: the stack then sets up the roles.',
    },
  ];
}

function undeclaredSecrets(
  key: string,
  given: readonly string[] | undefined,
  { secrets = {} }: App,
): readonly ManifestProblem[] {
  return (given ?? [])
    .filter((secret) => !(secret in secrets))
    .map((secret) => ({
      key: `${key}.secrets`,
      found: `names ${JSON.stringify(secret)}`,
      rule: 'names that secrets declares',
      remedy: nearest(secret, Object.keys(secrets)) ?? `Declare it: secrets: { ${secret}: … }`,
    }));
}

/** Whatever a process may do to every resource of an account, somebody has to have thought about. */
function anyResource(key: string, permissions: readonly Permission[] = []): readonly ManifestProblem[] {
  return permissions.flatMap(({ actions, resources, reason }, index) =>
    resources.includes('*') && reason === undefined
      ? [
          {
            key: `${key}.permissions.${index}.resources`,
            found: `is "*" for ${actions.join(', ')}`,
            rule: 'ARNs, unless the actions have no resource-level permissions',
            remedy: 'Name the resources, or say why that is impossible: reason: …',
          },
        ]
      : [],
  );
}

function takenArguments({ build: { args = {} } = {} }: App): readonly ManifestProblem[] {
  return Object.keys(args)
    .filter((key) => ownArguments.includes(key))
    .map((key) => ({
      key: `build.args.${key}`,
      found: shown(args[key]),
      rule: 'left to the stack, which passes it to each build',
      remedy: key === 'NODE_BASE_IMAGE' ? 'Set nodeBaseImage in the stack file instead.' : 'Remove it.',
    }));
}

/** ECS refuses a container that has a variable and a secret of one name. */
function doubles({ secrets = {}, variables: shared = {}, processes, release }: App): readonly ManifestProblem[] {
  const own = [...Object.values(processes), release].flatMap((program) => Object.keys(program?.variables ?? {}));
  const both = [...new Set([...Object.keys(shared), ...own])].filter((name) => name in secrets);
  return both.map((name) => ({
    key: `secrets.${name}`,
    found: 'is also a variable',
    rule: 'one of the two',
    remedy: 'Remove the variable: the secret sets it.',
  }));
}
