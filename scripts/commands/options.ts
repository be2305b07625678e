import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSeconds } from '../messages/duration.ts';
import { targetKinds } from './select-target.ts';

export const defaultEnvironment = 'staging';

export function environmentArgument(command: Command): Command {
  return command.argument('[environment]', 'environment, as in Pulumi.<environment>.yaml', defaultEnvironment);
}

export function jsonOption(command: Command): Command {
  return command.option('--json', 'print the result as one JSON object on stdout; progress goes to stderr');
}

export function targetOption(command: Command): Command {
  return command.addOption(
    new Option('--target <target>', 'platform of the environment').choices(targetKinds).default('local'),
  );
}

export function seconds(text: string): number {
  const parsed = parseSeconds(text);
  if (parsed === undefined) throw new InvalidArgumentError('Use a duration such as 90s, 15m, 2h or 1d.');
  return parsed;
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Use a whole number.');
  return Number(text);
}

export function port(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 65_535) throw new InvalidArgumentError('Use a port from 1 to 65535.');
  return number;
}

/** Collects the values of a repeatable option. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
