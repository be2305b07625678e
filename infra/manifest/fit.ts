import { didYouMean } from '../settings/did-you-mean.ts';
import { type SettingProblem, SettingsError } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { type App, databaseAccessOf, type Process, programOf, settingPrefixOf, type Variables } from './app.ts';
import { processesOf } from './processes.ts';
import { givenSecretsOf, parseSecretArn } from './secrets.ts';
import { sourcesIn } from './sources.ts';

/**
 * Settings for exactly this app: a worker or a Valkey that its manifest does not use is off.
 *
 * @throws SettingsError where the stack file sets a variable that the app does not have, misses one, or turns off what
 *   the app needs
 */
export function fitSettings(settings: Settings, app: App): Settings {
  const problems = [
    ...ofNoProcess(settings, app),
    ...wrongCounts(settings, app),
    ...superfluous(settings, app),
    ...secretValues(settings, app),
    ...missing(settings, app),
    ...withoutQueue(settings, app),
    ...withoutRoute(settings, app),
    ...byToken(settings, app),
  ];
  if (problems.length > 0) throw new SettingsError(settings.environment, problems);
  const { worker, valkey, ...others } = settings;
  return Object.freeze({
    ...others,
    ...(worker === undefined || app.processes['worker'] === undefined ? {} : { worker }),
    ...(valkey === undefined || !usesValkey(allVariables(app)) ? {} : { valkey }),
  });
}

/** A process in the background that reads where Valkey is takes its jobs from there. */
function withoutQueue(settings: Settings, app: App): readonly SettingProblem[] {
  if (settings.valkey !== undefined) return [];
  return processesOf(settings, app)
    .filter(({ kind }) => kind !== 'http')
    .filter(({ declared }) => usesValkey(Object.entries({ ...app.variables, ...declared.variables })))
    .map(({ name }) => ({
      keys: ['valkey'],
      found: 'is "off"',
      rule:
        name === 'worker'
          ? 'on when worker is on: the worker takes its jobs from Valkey'
          : `on: the process ${name} reads where Valkey is, to take its jobs from there`,
      remedy: `pulumi config set valkey on --stack ${settings.environment}`,
    }));
}

/** `adminMemoryMiB` without a process `admin`. */
function ofNoProcess({ processes, environment }: Settings, app: App): readonly SettingProblem[] {
  const prefixes = Object.keys(app.processes).map(settingPrefixOf);
  return Object.entries(processes)
    .filter(([prefix]) => !prefixes.includes(prefix))
    .flatMap(([prefix, values]) =>
      Object.entries(values).map(([name, value]) => {
        const keyOf = (process: string) => `${process}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        const near = didYouMean(prefix, prefixes);
        const remove = `pulumi config rm ${keyOf(prefix)} --stack ${environment}`;
        return {
          keys: [keyOf(prefix)],
          found: `is ${JSON.stringify(String(value))}`,
          rule: `of a process of the app’s manifest: ${prefixes.map(keyOf).join(', ')}`,
          remedy:
            near === undefined ? `Remove it: ${remove}` : `Did you mean ${keyOf(near)}? Remove this one: ${remove}`,
        };
      }),
    );
}

/** Those of `api` and `worker` are checked with the settings. */
function wrongCounts(settings: Settings, app: App): readonly SettingProblem[] {
  return processesOf(settings, app)
    .filter(({ prefix, sizes }) => prefix in settings.processes && sizes.maxCount < sizes.desiredCount)
    .map(({ prefix, sizes: { desiredCount, maxCount } }) => ({
      keys: [`${prefix}MaxCount`],
      found: `is "${maxCount}"`,
      rule: `at least ${prefix}DesiredCount (${desiredCount})`,
      remedy: `pulumi config set ${prefix}MaxCount ${desiredCount} --stack ${settings.environment}`,
    }));
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

/** A process that knows the sender of mail may send it. */
export function readsMail(app: App, process: Process): boolean {
  return variablesOf(app, process, { variables: {} }).some(([, value]) => sourcesIn(value).includes('mail.from'));
}

function isPlain(value: Variables[string]): boolean {
  return typeof value !== 'string' || sourcesIn(value).length === 0;
}

function allVariables({ variables = {}, processes, release }: App) {
  const own = [...Object.values(processes), release].map((program) => program?.variables ?? {});
  return [variables, ...own].flatMap(Object.entries<Variables[string]>);
}

function superfluous({ variables, environment }: Settings, app: App): readonly SettingProblem[] {
  const all = allVariables(app);
  const plain = new Set(all.flatMap(([name, value]) => (isPlain(value) ? [name] : [])));
  return Object.entries(variables)
    .filter(([name]) => !plain.has(name) && app.secrets?.[name] === undefined)
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

/** What is there instead of an ARN may be the value itself, so it is not shown. */
function secretValues({ variables, environment }: Settings, app: App): readonly SettingProblem[] {
  const given = new Set(givenSecretsOf(app).map(({ name }) => name));
  return Object.keys(app.secrets ?? {})
    .filter((name) => variables[name] !== undefined)
    .filter((name) => !given.has(name) || parseSecretArn(variables[name] ?? '') === undefined)
    .map((name) => ({
      keys: [`app:${name}`],
      found: 'is set, to something that is not shown',
      rule: given.has(name)
        ? 'the ARN of a secret in Secrets Manager or of a parameter: a stack file is not encrypted, and in git'
        : 'left to the stack: the app’s manifest lets it generate this secret',
      remedy: given.has(name)
        ? `pulumi config rm app:${name} --stack ${environment}, then: npm run stack -- secrets set ${name} ${environment}. If it was a value, change it where it is from.`
        : `pulumi config rm app:${name} --stack ${environment}`,
    }));
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
