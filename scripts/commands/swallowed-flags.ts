import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, type Option } from 'commander';
import { usageCode } from '../messages/exit-code.ts';
import { UserError } from '../messages/user-error.ts';
import { registry } from './registry.ts';

type Variables = Readonly<Record<string, string | undefined>>;

interface Swallowed {
  readonly flag: string;
  readonly variable: string;
  /** As it is typed; `undefined` when npm has left the value among the arguments, where it cannot be told from them. */
  readonly typed: string | undefined;
}

/**
 * Throws when npm has taken options of this CLI for itself: `npm run` passes on only what follows `--`, so that
 * `npm run stack promote --dry-run` would promote. npm tells scripts its options by variables `npm_config_…`, also those
 * that it does not know (https://docs.npmjs.com/cli/v11/using-npm/scripts#environment).
 */
export async function assertNothingSwallowed(args: readonly string[], variables: Variables): Promise<void> {
  if (variables['npm_lifecycle_event'] === undefined) return;
  const swallowed = (await allOptions()).flatMap((option) => swallowedOf(option, args, variables) ?? []);
  if (swallowed.length > 0) throw refusal(args, swallowed, variables['npm_lifecycle_event']);
}

/** Every long option of every command: `stack up --dry-run` is wrong usage, and must stay so when npm takes the flag. */
async function allOptions(): Promise<readonly Option[]> {
  const options = new Map<string, Option>();
  for (const { name, load } of registry) {
    const command = new Command(name);
    (await load()).define(command, async () => undefined);
    for (const option of command.options) if (option.long) options.set(option.long, option);
  }
  // In an order that no new command changes.
  return [...options.values()].toSorted((a, b) => ((a.long ?? '') < (b.long ?? '') ? -1 : 1));
}

function swallowedOf(option: Option, args: readonly string[], variables: Variables): Swallowed | undefined {
  const flag = option.long ?? '';
  const variable = variableOf(flag, variables);
  if (variable === undefined) return;
  const value = variables[variable] ?? '';
  if (args.some((argument) => argument === flag || argument.startsWith(`${flag}=`))) return;
  // npm's word for `false` is an empty text. `--target=` is empty, too, and would quietly mean the default.
  if (value === '' && option.isBoolean()) return;
  if (isMeantForNpm(variable, value, variables)) return;
  return { flag, variable, typed: typedAs(flag, value, option.isBoolean()) };
}

/** npm takes a flag for the option of its own that begins so: `--to` arrives as `token_description`. */
function variableOf(flag: string, variables: Variables): string | undefined {
  const exact = `npm_config_${flag.slice(2).replaceAll('-', '_')}`;
  if (variables[exact] !== undefined) return exact;
  return Object.keys(variables).find((name) => name.startsWith(exact));
}

function typedAs(flag: string, value: string, isBoolean: boolean): string | undefined {
  if (value === '') return `${flag}=`;
  if (value === 'true') return isBoolean ? flag : undefined;
  return `${flag} ${value}`;
}

/** `npx --yes stack …` answers npx's own question; what an .npmrc says is said to npm. */
function isMeantForNpm(variable: string, value: string, variables: Variables): boolean {
  if (variable === 'npm_config_yes' && variables['npm_command'] === 'exec') return true;
  const files = [
    join(variables['npm_config_local_prefix'] ?? '', '.npmrc'),
    // npm hands on what it was told by the environment as it was.
    variables['npm_config_userconfig'] ?? variables['NPM_CONFIG_USERCONFIG'],
    variables['npm_config_globalconfig'] ?? variables['NPM_CONFIG_GLOBALCONFIG'],
  ];
  const key = variable.replace('npm_config_', '').replaceAll('_', '-');
  // The first that sets a key wins: https://docs.npmjs.com/cli/v11/configuring-npm/npmrc#files
  const set = files.flatMap((file) => valueIn(file, key) ?? []).at(0);
  return set === (value === '' ? 'false' : value);
}

function valueIn(npmrc: string | undefined, key: string): string | undefined {
  try {
    const line = new RegExp(`^\\s*${key}\\s*(?:=\\s*(?<value>.*?)\\s*)?$`, 'm').exec(readFileSync(npmrc ?? '', 'utf8'));
    return line ? (line.groups?.['value'] ?? 'true') : undefined;
  } catch {
    return undefined;
  }
}

function refusal(args: readonly string[], swallowed: readonly Swallowed[], event: string): UserError {
  const typed = swallowed.map((one) => one.typed);
  const words = typed.includes(undefined) ? ['<command>', '[options]'] : [...args, ...typed];
  // `npm run up` is a script that names its command itself.
  const script = event === args[0] && words[0] === event ? [event, '--', ...words.slice(1)] : ['stack', '--', ...words];
  const flags = swallowed.map(({ flag }) => flag).join(' and ');
  const variables = swallowed.map(({ variable }) => variable).join(' and ');
  return new UserError({
    code: usageCode,
    message: `npm took ${flags} for itself, so the command would have run without ${flags.includes(' and ') ? 'them' : 'it'}.`,
    rule: 'npm passes on only what follows `--`.',
    remedy:
      `Write \`npm run ${script.join(' ')}\` or \`npx stack ${words.join(' ')}\`. ` +
      `If it was your environment that set ${variables}, unset it.`,
  });
}
