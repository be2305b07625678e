import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { parseSeconds } from '../messages/duration.ts';
import { targetKinds } from './select-target.ts';

/** The environment that a command is for. Where it is omitted, {@link nameEnvironment} names it. */
class EnvironmentArgument extends Argument {}

export function environmentArgument(command: Command): Command {
  const description =
    'environment, as in Pulumi.<environment>.yaml (default: the one with which the chain of promotion begins)';
  return command.addArgument(new EnvironmentArgument('[environment]', description));
}

/** Gives a command that was called without an environment the one with which the chain of promotion begins. */
export async function nameEnvironment(command: Command, projectDirectory: string): Promise<void> {
  const index = command.registeredArguments.findIndex((argument) => argument instanceof EnvironmentArgument);
  if (index === -1 || command.processedArgs[index] !== undefined) return;
  const { readPromotionChain } = await import('../program/promotion-chain.ts');
  command.processedArgs[index] = (await readPromotionChain(projectDirectory)).first();
}

export function jsonOption(command: Command): Command {
  return command.option('--json', 'print the result as one JSON object on stdout; progress goes to stderr');
}

export function targetOption(command: Command): Command {
  return command.addOption(
    new Option('--target <target>', 'platform of the environment').choices(targetKinds).default('local'),
  );
}

export interface PricesOption {
  readonly prices?: string;
}

const pricesFile =
  "`aws` for AWS's price list, or a JSON file of prices in USD by the keys of `stack cost`, as you read them there";

export function pricesOption(command: Command): Command {
  return command.option('--prices <source>', pricesFile);
}

/** Comparing takes a checkout of what runs, so that it is done only where prices are given. */
export function changePricesOption(command: Command): Command {
  return command.option('--prices <source>', `say what the change adds to the monthly cost; ${pricesFile}`);
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
