import type { MigrationSource } from '../release/migration-folder.ts';

/*
 * What an app says about itself. The file `stack.app.ts` in the app's directory exports it as `app`:
 *
 *     import type { App } from '../infra/manifest/app.ts';
 *     export const app = { … } satisfies App;
 *
 * The import is of a type, so the file loads wherever it lies. docs/your-app.md explains every field.
 */

/**
 * The value of a variable. `{name}` stands for a value of the environment: docs/your-app.md lists the names. A variable
 * whose value the environment does not have (`{valkey.host}` without Valkey) is not set.
 *
 * A value without `{name}` is the default of a plain variable: the stack file of an environment may set another one
 * (`app:LOG_FORMAT: text`). `{ example }` has no default: every stack file must set it.
 */
export type Variable = string | { readonly example: string };

export type Variables = Readonly<Record<string, Variable>>;

interface ProcessOf {
  /** In exec form: `['node', 'dist/main.js']`. A shell between would not pass SIGTERM on. */
  readonly command: readonly string[];
  /** Of this process alone, besides those of the whole app. */
  readonly variables?: Variables;
  /** Names from `secrets`. */
  readonly secrets?: readonly string[];
  /** What it may do on AWS with its own role. Absent: nothing. */
  readonly permissions?: readonly Permission[];
}

/** A statement of the task role. `{environment}` and `{region}` stand for those of the environment. */
export interface Permission {
  /** One by one: `s3:PutObject`, not `s3:*`. */
  readonly actions: readonly string[];
  /** ARNs. An action without resource-level permissions needs `*`, and a reason. */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why `resources` is `*`. */
  readonly reason?: string;
}

/** Where a process answers the load balancer. */
export interface Http {
  /** On which it listens, on all interfaces. */
  readonly port: number;
  /** Answers 200 while the process works, whatever its dependencies do. A task that fails it is replaced. */
  readonly liveness: string;
  /** Answers 200 only while the task may get requests. Absent: `liveness`, and a stopping task cannot say so. */
  readonly readiness?: string;
  /** Answers JSON whose field `version` is the release. Absent: `verify` cannot tell which release answered. */
  readonly version?: string;
  /** Where people read how to use the API: `up` ends with its address. */
  readonly docs?: string;
  /** Which requests it gets. Absent, which is so of exactly one process: those that no other process gets. */
  readonly route?: Route;
}

/**
 * `{ path: '/admin/*' }` gets `/admin` and everything below it, as the client asked for it: nothing is cut off. Where two
 * match, the longer one counts. `{ host: 'admin' }` gets what is asked of `admin.<domainName>`, before any path counts.
 */
export type Route = { readonly path: string } | { readonly host: string };

/** What a service is scaled by, besides its own numbers in the settings. */
export type ScalingSignal = 'cpu' | 'memory' | 'requests' | 'queue-age';

/**
 * With `http`, it serves requests behind the load balancer. With `schedule` or `once`, it runs to its end. Otherwise it runs
 * in the background, where no request reaches it.
 */
export interface AppProcess extends ProcessOf {
  readonly http?: Http;
  /** Runs to its end at these times, on a task of its own. A run that has not ended does not hold up the next one. */
  readonly schedule?: {
    /** Five fields: minute, hour, day of the month, month, day of the week. `30 3 * * MON-FRI` */
    readonly cron: string;
    /** From the IANA time zone database. Absent: UTC. */
    readonly timeZone?: string;
  };
  /** Runs to its end when somebody starts it, by its name. */
  readonly once?: true;
  /** Of a process in the background. Absent: a task counts as healthy while its process runs. */
  readonly health?: { readonly port: number; readonly path: string };
  /**
   * Program of the image that ends with 0 when the path that it gets as its last argument answers 200. Absent: the
   * stack's own, which needs `node` in the image.
   */
  readonly healthCheck?: readonly string[];
  /**
   * Absent: CPU and memory, and besides requests where it serves HTTP, or the age of the oldest waiting job where it does
   * not. The process itself reports that age, as the metric `QueueAgeSeconds`.
   */
  readonly scaling?: readonly ScalingSignal[];
}

/** Runs once before each rollout, in the new image, and must end with 0 when there is nothing to do. */
export interface ReleaseCommand extends ProcessOf {
  /**
   * Which migrations a release contains: the folder of a tool, or `none` if the command changes no schema. Absent: unknown,
   * and then a promotion and a rollback are never called safe.
   */
  readonly migrations?: 'none' | Exclude<MigrationSource, string>;
}

export interface AppSecret {
  /** What it is for: shown where its value is kept. */
  readonly description: string;
  /**
   * The stack generates a random value: 64 letters and digits on AWS. Absent: `stack secrets set` sets it for each
   * environment, or its stack file names one that exists by its ARN.
   */
  readonly generate?: true;
}

/** How the image is built. Paths are relative to the app's directory. */
export interface Build {
  /**
   * `.`, or a directory above: `../..` for a package of a monorepo. Absent: the app's directory if it has a
   * `.dockerignore`, otherwise the project.
   */
  readonly context?: string;
  /** Absent: `Dockerfile`. */
  readonly dockerfile?: string;
  /** Stage of the Dockerfile. Absent: the last one. */
  readonly target?: string;
  /** Build arguments. Everybody who has the image can read them. */
  readonly args?: Readonly<Record<string, string>>;
}

export type DatabaseAccess = 'rows' | 'tables' | 'release-command';

export interface App {
  /** By name, such as `api`. At least one of them serves HTTP. */
  readonly processes: Readonly<Record<string, AppProcess>>;
  /** Absent: the last stage of the `Dockerfile` beside the manifest. */
  readonly build?: Build;
  /** Absent: nothing has to be done before a rollout. */
  readonly release?: ReleaseCommand;
  /**
   * What the processes may do in the database.
   * - `rows` (default): read and write rows. The stack sets up one role for them and one for the release command, which
   *   owns the tables.
   * - `tables`: everything, because they change the schema when they start. One role for all.
   * - `release-command`: what the release command grants them. It runs as the owner of the database, creates the role
   *   `{database.app.user}` and gives it `{database.app.password}`.
   */
  readonly databaseAccess?: DatabaseAccess;
  /** Of every process and of the release command. */
  readonly variables?: Variables;
  /** By the name of the variable that holds the value. */
  readonly secrets?: Readonly<Record<string, AppSecret>>;
  /**
   * Folders that every process may write to, in memory, by their size in MiB; each task has its own, and what is in them
   * is gone when it stops. `/tmp` is there anyway, with 32 MiB. The memory beyond that is taken from the heap.
   */
  readonly folders?: Readonly<Record<string, number>>;
  /** TCP ports that the processes connect to outside of the environment, by a name: `{ smtp: 587 }`. 443 is open. */
  readonly egress?: Readonly<Record<string, number>>;
  /** Module with `smoke({ baseUrl, fetch, signal })`, relative to the app's directory. Absent: not checked. */
  readonly smokeTest?: string;
}

/** Name of a process of an app, or {@link releaseCommand}. */
export type Process = string;

/** Name under which the release command runs: no process can have it. */
export const releaseCommand = 'migrate';

/** What every process has, whatever kind it is. */
export function programOf({ processes, release }: App, process: Process): ProcessOf {
  const program = process === releaseCommand ? (release ?? { command: [] }) : processes[process];
  if (program === undefined) throw new Error(`The app has no ${process}: only a bug asks for it.`);
  return program;
}

export type ProcessKind = 'http' | 'background' | 'schedule' | 'once' | 'release';

/** Names of the processes that run on a schedule. */
export function scheduledOf(app: App): readonly Process[] {
  return Object.keys(app.processes).filter((name) => kindOf(app, name) === 'schedule');
}

export function kindOf({ processes }: App, process: Process): ProcessKind {
  if (process === releaseCommand) return 'release';
  const { http, schedule, once } = processes[process] ?? {};
  if (http !== undefined) return 'http';
  if (schedule !== undefined) return 'schedule';
  return once === true ? 'once' : 'background';
}

export interface Serving {
  readonly name: Process;
  readonly http: Http;
}

/** The process that gets the requests which no other one gets. */
export function frontOf(app: App): Serving {
  const found = servingOf(app).find(({ http }) => http.route === undefined);
  if (found === undefined) throw new Error('The app has no process that serves HTTP: the manifest is checked first.');
  return found;
}

/** The processes that serve HTTP. */
export function servingOf({ processes }: App): readonly Serving[] {
  return Object.entries(processes).flatMap(([name, { http }]) => (http === undefined ? [] : [{ name, http }]));
}

/** Those that get the requests of a path or a host alone. */
export function routedOf(app: App): readonly (Serving & { readonly route: Route })[] {
  return servingOf(app).flatMap((serving) => {
    const { route } = serving.http;
    return route === undefined ? [] : [{ ...serving, route }];
  });
}

/** Labels in front of the environment's domain name. */
export function hostsOf(app: App): readonly string[] {
  return routedOf(app).flatMap(({ route }) => ('host' in route ? [route.host] : []));
}

/** What a service is scaled by. */
export function scalingSignalsOf({ http, scaling }: AppProcess): readonly ScalingSignal[] {
  return scaling ?? ['cpu', 'memory', http === undefined ? 'queue-age' : 'requests'];
}

/** First part of the keys of a process's settings: `mailQueue` of `mail-queue`. */
export function settingPrefixOf(process: Process): string {
  return process.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** By the process whose role gets them. */
export function permissionsOf({ processes, release }: App): readonly (readonly [Process, readonly Permission[]])[] {
  const all = [...Object.entries(processes), [releaseCommand, release] as const];
  return all.flatMap(([process, program]) =>
    program?.permissions === undefined ? [] : [[process, program.permissions] as const],
  );
}

/** What is known of the migrations of a release. */
export function migrationSourceOf({ release, databaseAccess }: App): MigrationSource {
  if (release !== undefined) return release.migrations ?? 'unknown';
  // Nobody sees what processes change that may change the schema.
  return databaseAccess === 'tables' ? 'unknown' : 'none';
}

export function databaseAccessOf({ databaseAccess = 'rows' }: App): DatabaseAccess {
  return databaseAccess;
}

/** Where a process answers over HTTP: absent where it does not. */
export interface Listener {
  readonly port: number;
  readonly liveness: string;
}

export function listenerOf({ processes }: App, process: Process): Listener | undefined {
  const { http, health } = processes[process] ?? {};
  if (http !== undefined) return { port: http.port, liveness: http.liveness };
  return health === undefined ? undefined : { port: health.port, liveness: health.path };
}

/** Writable folders of each task, by their size in MiB. */
export function foldersOf({ folders = {} }: App): Readonly<Record<string, number>> {
  return { '/tmp': temporaryFolderMiB, ...folders };
}

/** Fits into the part of the memory that is not the heap's. */
const temporaryFolderMiB = 32;

/** Memory that the folders may take from the heap. */
export function heapLostToFoldersMiB(app: App): number {
  const sizes = Object.values(foldersOf(app));
  return Math.max(0, sizes.reduce((sum, size) => sum + size, 0) - temporaryFolderMiB);
}

export function readinessOf({ readiness, liveness }: Http): string {
  return readiness ?? liveness;
}
