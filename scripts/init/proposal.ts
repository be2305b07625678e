import type {
  App,
  AppProcess,
  AppSecret,
  Build,
  DatabaseAccess,
  ReleaseCommand,
  Route,
  ScalingSignal,
  Variable,
} from '../../infra/manifest/app.ts';
import type { Program } from './launches.ts';

/** Something that the manifest will say, and how that is known. */
export interface Said<T> {
  readonly value: T;
  /** Follows as a comment. */
  readonly why: string;
  /** Nobody could see it: a person has to look at it. */
  readonly check?: true;
}

export type SaidBy<T> = Readonly<Record<string, Said<T>>>;

export interface ProposedProcess {
  readonly name: string;
  readonly why: string;
  readonly command: Said<Program>;
  readonly http?: {
    readonly port: Said<number>;
    readonly liveness: Said<string>;
    readonly readiness?: Said<string>;
    readonly version?: Said<string>;
    readonly route?: Said<Route>;
  };
  readonly schedule?: Said<NonNullable<AppProcess['schedule']>>;
  readonly scaling?: Said<readonly ScalingSignal[]>;
  readonly healthCheck?: Said<Program>;
  readonly variables: SaidBy<Variable>;
  readonly secrets: readonly string[];
}

/** A manifest before it is written. */
export interface Proposal {
  readonly processes: readonly ProposedProcess[];
  readonly build?: Said<Build>;
  readonly release?: {
    readonly command: Said<Program>;
    readonly migrations?: Said<NonNullable<ReleaseCommand['migrations']>>;
    readonly secrets: readonly string[];
  };
  readonly databaseAccess?: Said<DatabaseAccess>;
  readonly variables: SaidBy<Variable>;
  readonly secrets: SaidBy<AppSecret>;
  /** Sizes in MiB. */
  readonly folders?: SaidBy<number>;
  readonly egress?: SaidBy<number>;
  /** What the code reads and the manifest leaves out. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** What the manifest cannot say: for the person who runs the command. */
  readonly notes: readonly string[];
}

/** What the manifest says, without the comments. */
export function appOf({
  processes,
  build,
  release,
  databaseAccess,
  variables,
  secrets,
  folders,
  egress,
}: Proposal): App {
  return {
    processes: Object.fromEntries(processes.map((process) => [process.name, processOf(process)])),
    ...(build === undefined ? {} : { build: build.value }),
    ...(release === undefined
      ? {}
      : {
          release: {
            command: release.command.value,
            ...(release.migrations === undefined ? {} : { migrations: release.migrations.value }),
            ...(release.secrets.length === 0 ? {} : { secrets: release.secrets }),
          },
        }),
    ...(databaseAccess === undefined ? {} : { databaseAccess: databaseAccess.value }),
    ...unlessEmpty('variables', values(variables)),
    ...unlessEmpty('secrets', values(secrets)),
    ...unlessEmpty('folders', values(folders ?? {})),
    ...unlessEmpty('egress', values(egress ?? {})),
  };
}

function processOf({ command, http, schedule, scaling, healthCheck, variables, secrets }: ProposedProcess): AppProcess {
  const { port, liveness, readiness, version, route } = http ?? {};
  return {
    command: command.value,
    ...(port === undefined || liveness === undefined
      ? {}
      : {
          http: {
            port: port.value,
            liveness: liveness.value,
            ...(readiness === undefined ? {} : { readiness: readiness.value }),
            ...(version === undefined ? {} : { version: version.value }),
            ...(route === undefined ? {} : { route: route.value }),
          },
        }),
    ...(schedule === undefined ? {} : { schedule: schedule.value }),
    ...(scaling === undefined ? {} : { scaling: scaling.value }),
    ...(healthCheck === undefined ? {} : { healthCheck: healthCheck.value }),
    ...unlessEmpty('variables', values(variables)),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

function values<T>(said: SaidBy<T>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(said).map(([name, { value }]) => [name, value]));
}

function unlessEmpty<K extends string, T extends object>(key: K, value: T): Partial<Record<K, T>> {
  const given: Partial<Record<K, T>> = {};
  if (Object.keys(value).length > 0) given[key] = value;
  return given;
}

/** Where a person has to look: `processes.api.http.port: …`. */
export function checksOf({
  processes,
  variables,
  secrets,
  folders = {},
  egress = {},
  release,
}: Proposal): readonly string[] {
  const all: (readonly [string, Said<unknown> | undefined])[] = [
    ...processes.flatMap(({ name, command, http, schedule, variables }) => [
      [`processes.${name}.command`, command] as const,
      [`processes.${name}.http.port`, http?.port] as const,
      [`processes.${name}.http.liveness`, http?.liveness] as const,
      [`processes.${name}.http.readiness`, http?.readiness] as const,
      [`processes.${name}.schedule`, schedule] as const,
      ...Object.entries(variables).map(
        ([variable, said]) => [`processes.${name}.variables.${variable}`, said] as const,
      ),
    ]),
    ['release.command', release?.command],
    ['release.migrations', release?.migrations],
    ...Object.entries(variables).map(([name, said]) => [`variables.${name}`, said] as const),
    ...Object.entries(secrets).map(([name, said]) => [`secrets.${name}`, said] as const),
    ...Object.entries(folders).map(([path, said]) => [`folders.${path}`, said] as const),
    ...Object.entries(egress).map(([name, said]) => [`egress.${name}`, said] as const),
  ];
  return all.flatMap(([key, said]) => (said?.check === true ? [`${key}: ${said.why}`] : []));
}
