import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { Document, parse, parseDocument, Scalar } from 'yaml';
import { fullName, readProjectFile, readStackFile, stackFilePath } from '../../infra/graph/stack-files.ts';
import { environmentNameProblems, expiringPrefix } from '../../infra/settings/environment-name.ts';
import { Refusal, type UserError } from '../messages/user-error.ts';
import { assertEnvironment } from './environments.ts';
import { readEnvironment } from './settings.ts';
import { isExpiringName, smallSettings } from './small-settings.ts';

/** What a stack file says of an environment that expires. */
export interface Expiring {
  /** ISO 8601, UTC. */
  readonly expires: string;
  /** The environment whose settings it was made from. */
  readonly from: string;
}

/** `undefined`: there is no such stack file, or its environment lasts. */
export function readExpiring(projectDirectory: string, environment: string): Expiring | undefined {
  if (!existsSync(stackFilePath(projectDirectory, environment))) return undefined;
  const { name } = readProjectFile(projectDirectory);
  const values = readStackFile(projectDirectory, environment);
  const [expires = '', from = ''] = [values[`${name}:expires`], values[`${name}:madeFrom`]];
  return expires === '' || from === '' ? undefined : { expires, from };
}

/**
 * Makes the stack file of an environment that expires, from that of another one. Where it is already, only the time
 * changes: what a person has edited there stays.
 *
 * @returns whether there was none
 * @throws Refusal `EXPIRING_NAME`, `ENVIRONMENT_LASTS`, `MADE_FROM_ANOTHER` or `SECRETS_NOT_COPIED`; whatever is wrong
 * with the settings of `from`
 */
export async function writeExpiring(
  projectDirectory: string,
  environment: string,
  { expires, from }: Expiring,
): Promise<boolean> {
  assertName(environment);
  const path = stackFilePath(projectDirectory, environment);
  if (existsSync(path)) {
    const current = readExpiring(projectDirectory, environment);
    if (current === undefined) throw lasts(environment);
    if (current.from !== from) throw madeFromAnother(environment, current.from, from);
    await postpone(projectDirectory, environment, expires);
    return false;
  }
  await assertEnvironment(projectDirectory, from);
  if (isExpiringName(from)) throw sourceExpires(from);
  await writeFile(path, await derive(projectDirectory, environment, { expires, from }), { flag: 'wx' });
  return true;
}

/** Removes the stack file of an environment that expires. That of one that lasts stays. */
export async function removeExpiring(projectDirectory: string, environment: string): Promise<boolean> {
  if (!isExpiringName(environment) || readExpiring(projectDirectory, environment) === undefined) return false;
  await rm(stackFilePath(projectDirectory, environment));
  return true;
}

async function postpone(projectDirectory: string, environment: string, expires: string): Promise<void> {
  const path = stackFilePath(projectDirectory, environment);
  const { name } = readProjectFile(projectDirectory);
  const document = parseDocument(await readFile(path, 'utf8'));
  document.setIn(['config', `${name}:expires`], quoted(expires));
  await writeFile(path, document.toString({ lineWidth: 0 }));
}

async function derive(projectDirectory: string, environment: string, { expires, from }: Expiring): Promise<string> {
  const { name: project } = readProjectFile(projectDirectory);
  const { settings, app } = readEnvironment(projectDirectory, from);
  const source = parse(await readFile(stackFilePath(projectDirectory, from), 'utf8'), { merge: true });
  const { config, ...rest }: Record<string, unknown> = typeof source === 'object' && source !== null ? source : {};
  const given = typeof config === 'object' && config !== null ? Object.entries(config) : [];
  const small = Object.entries(smallSettings(settings, app)).map(
    ([key, value]) => [`${project}:${key}` as string, value] as const,
  );
  const replaced = new Set(small.map(([key]) => key));
  const kept = given.filter(([key]) => !replaced.has(fullName(key, project)));
  assertReadable(environment, from, kept, rest);
  const values = [...kept, ...small.filter(([, value]) => value !== undefined), [`${project}:madeFrom`, from]];
  const document = new Document({ ...rest, config: Object.fromEntries(values) });
  document.setIn(['config', `${project}:expires`], quoted(expires));
  document.commentBefore = ` Made by \`stack up ${environment} --from ${from}\`, and removed by \`stack down\` and \`stack prune\`. Not for git.`;
  return document.toString({ lineWidth: 0 });
}

/** The engine's parser takes what looks like a time for one, and hands it to the program in another form. */
function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = 'QUOTE_DOUBLE';
  return scalar;
}

/** Where Pulumi Cloud holds the key, each stack has another one. */
function assertReadable(
  environment: string,
  from: string,
  config: readonly (readonly [string, unknown])[],
  rest: Readonly<Record<string, unknown>>,
): void {
  if (['encryptionsalt', 'encryptedkey'].some((key) => rest[key] !== undefined)) return;
  const secret = config.filter(([, value]) => JSON.stringify(value).includes('{"secure":')).map(([key]) => key);
  if (secret.length === 0) return;
  throw new Refusal({
    code: 'SECRETS_NOT_COPIED',
    message: `Pulumi.${from}.yaml has encrypted values that ${environment} could not read: ${secret.join(', ')}.`,
    rule: 'Its backend keeps the key, and another one for each stack.',
    remedy: 'Encrypt them with a key of your own (`pulumi stack change-secrets-provider`), or keep them elsewhere.',
  });
}

function assertName(environment: string): void {
  const [problem] = environmentNameProblems(environment);
  if (isExpiringName(environment) && problem === undefined) return;
  const rule =
    problem === undefined ? `${expiringPrefix} and something more, such as ${expiringPrefix}123` : problem.rule;
  throw new Refusal({
    code: 'EXPIRING_NAME',
    message: `${environment} cannot be an environment that expires.`,
    rule: `Its name must be ${rule}. By that prefix git ignores its stack file, and workflows may change it and no other.`,
    remedy: `Choose a name such as ${expiringPrefix}123.`,
  });
}

function lasts(environment: string): UserError {
  return new Refusal({
    code: 'ENVIRONMENT_LASTS',
    message: `${environment} has a stack file without expires: it lasts, and is given no end here.`,
    rule: 'Only an environment that was made with --expires expires: nothing else is ever pruned.',
    remedy: 'Choose another name.',
  });
}

function madeFromAnother(environment: string, current: string, asked: string): UserError {
  return new Refusal({
    code: 'MADE_FROM_ANOTHER',
    message: `${environment} was made from ${current}, not from ${asked}.`,
    remedy: `Omit --from, or remove it first: npm run stack -- down ${environment}`,
  });
}

function sourceExpires(from: string): UserError {
  return new Refusal({
    code: 'SOURCE_EXPIRES',
    message: `${from} is itself an environment that expires.`,
    rule: 'Settings are taken from an environment that lasts.',
    remedy: 'Name one with --from.',
  });
}
