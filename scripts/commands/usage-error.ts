import type { CommanderError } from 'commander';
import { usageCode } from '../messages/exit-code.ts';
import { UserError } from '../messages/user-error.ts';

/** Wrong arguments in the shape of every other error: what, the rule, and the command that lists the right ones. */
export function usageError({ message }: CommanderError, command: string | undefined): UserError {
  const [said = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const nearest = /^\(Did you mean (.+)\?\)$/.exec(suggestion)?.[1];
  const help =
    command === undefined
      ? '`npm run stack -- --help` lists the commands.'
      : `\`npm run stack -- ${command} --help\` lists its options.`;
  return new UserError({
    code: usageCode,
    ...explain(said),
    remedy: nearest === undefined ? help : `Did you mean ${nearest}? ${help}`,
  });
}

/** Commander's words in ours: the option and its value as they were typed, and the rule apart from them. */
function explain(said: string): { readonly message: string; readonly rule?: string } {
  const [, option, value, rule] =
    /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (.+)$/.exec(said) ?? [];
  if (option !== undefined && rule !== undefined) return { message: `${option} cannot be ${value}.`, rule };
  const [, missing] = /^option '(?:-\w, )?(--[\w-]+ [^']+)' argument missing$/.exec(said) ?? [];
  if (missing !== undefined) return { message: `${missing.split(' ')[0]} needs a value: ${missing}.` };
  return { message: `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.') };
}
