import { didYouMean } from '../settings/did-you-mean.ts';
import { type SettingProblem, SettingsError } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { type App, databaseAccessOf, type Process, programOf, type Variables } from './app.ts';
import { sourcesIn } from './sources.ts';

/**
 * Settings for exactly this app: a worker or a Valkey that its manifest does not use is off.
 *
 * @throws SettingsError where the stack file sets a variable that the app does not have, misses one, or turns off what
 *   the app needs
 */
export function fitSettings(settings: Settings, app: App): Settings {
  const problems = [
    ...superfluous(settings, app),
    ...missing(settings, app),
    ...withoutQueue(settings, app),
    ...withoutRoute(settings, app),
    ...byToken(settings, app),
  ];
  if (problems.length > 0) throw new SettingsError(settings.environment, problems);
  const { worker, valkey, ...others } = settings;
  return Object.freeze({
    ...others,
    ...(worker === undefined || app.processes.worker === undefined ? {} : { worker }),
    ...(valkey === undefined || !usesValkey(allVariables(app)) ? {} : { valkey }),
  });
}

/** A worker that reads where Valkey is takes its jobs from there. */
function withoutQueue({ worker, valkey, environment }: Settings, app: App): readonly SettingProblem[] {
  const process = app.processes.worker;
  if (worker === undefined || valkey !== undefined || process === undefined) return [];
  if (!usesValkey(Object.entries({ ...app.variables, ...process.variables }))) return [];
  return [
    {
      keys: ['valkey'],
      found: 'is "off"',
      rule: 'on when worker is on: the worker takes its jobs from Valkey',
      remedy: `pulumi config set valkey on --stack ${environment}`,
    },
  ];
}

/** RDS refuses the password of a role that may log in with tokens, and the release command has no token. */
function byToken({ database, environment }: Settings, app: App): readonly SettingProblem[] {
  if (database.authentication !== 'iam' || databaseAccessOf(app) !== 'tables') return [];
  return [
    {
      keys: ['databaseAuthentication'],
      found: 'is "iam"',
      rule: 'password: the app’s manifest has databaseAccess tables, and so one role for the release command, too',
      remedy: `pulumi config set databaseAuthentication password --stack ${environment}`,
    },
  ];
}

/** There are VPC endpoints for AWS alone. */
function withoutRoute({ network, environment }: Settings, { egress = {} }: App): readonly SettingProblem[] {
  if (network.natGateways !== 'none' || Object.keys(egress).length === 0) return [];
  return [
    {
      keys: ['natGateways'],
      found: 'is "none"',
      rule: `single or per-zone: the app’s manifest has egress (${Object.keys(egress).join(', ')}), and tasks have no other route to the internet`,
      remedy: `pulumi config set natGateways single --stack ${environment}`,
    },
  ];
}

function usesValkey(variables: readonly (readonly [string, Variables[string]])[]): boolean {
  return variables.some(
    ([, value]) => typeof value === 'string' && sourcesIn(value).some((source) => source.startsWith('valkey.')),
  );
}

/** Variables of a process with their values: those of the process itself, of the stack file, of the whole app. */
export function variablesOf(
  app: App,
  process: Process,
  { variables: given }: Pick<Settings, 'variables'>,
): readonly (readonly [name: string, value: string])[] {
  const all: Variables = { ...app.variables, ...programOf(app, process).variables };
  return Object.entries(all).flatMap(([name, value]) => {
    const text = isPlain(value) ? (given[name] ?? (typeof value === 'string' ? value : undefined)) : value;
    return typeof text === 'string' ? [[name, text] as const] : [];
  });
}

function isPlain(value: Variables[string]): boolean {
  return typeof value !== 'string' || sourcesIn(value).length === 0;
}

function allVariables({ variables = {}, processes: { api, worker }, release }: App) {
  return [variables, api.variables ?? {}, worker?.variables ?? {}, release?.variables ?? {}].flatMap(
    Object.entries<Variables[string]>,
  );
}

function superfluous({ variables, environment }: Settings, app: App): readonly SettingProblem[] {
  const all = allVariables(app);
  const plain = new Set(all.flatMap(([name, value]) => (isPlain(value) ? [name] : [])));
  return Object.entries(variables)
    .filter(([name]) => !plain.has(name))
    .map(([name, value]) => {
      const near = didYouMean(name, [...plain]);
      const derived = all.some(([other]) => other === name);
      return {
        keys: [`app:${name}`],
        found: `is ${JSON.stringify(value)}`,
        rule: derived
          ? 'left to the stack: the app’s manifest derives this variable'
          : 'a plain variable of the app’s manifest',
        remedy: `${near === undefined ? 'Remove it' : `Did you mean app:${near}? Remove this one`}: pulumi config rm app:${name} --stack ${environment}`,
      };
    });
}

function missing({ variables, environment }: Settings, app: App): readonly SettingProblem[] {
  const needed = new Map(
    allVariables(app).flatMap(([name, value]) => (typeof value === 'string' ? [] : [[name, value.example] as const])),
  );
  return [...needed]
    .filter(([name]) => variables[name] === undefined)
    .map(([name, example]) => ({
      keys: [`app:${name}`],
      found: 'is not set',
      rule: 'set for each environment, as the app’s manifest says',
      remedy: `pulumi config set app:${name} '${example}' --stack ${environment}`,
    }));
}
