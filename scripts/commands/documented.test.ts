import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { argumentsOf, commandsOf, currentPages, readPage } from '../testing/documented-commands.ts';
import { documentedRuns } from '../testing/documented-runs.ts';
import { registry } from './registry.ts';

const named = ['commander.missingArgument', 'commander.help'];

/** Reads the arguments as the CLI does, and runs nothing. @returns what is wrong with them */
async function mistake([name = '', ...given]: readonly string[]): Promise<string | undefined> {
  const registered = registry.find((entry) => entry.name === name);
  if (registered === undefined) return `no command ${name}`;
  const command = new Command(name)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  (await registered.load()).define(command, async () => undefined);
  const end = registered.runsProgram === true ? given.indexOf('--') : -1;
  try {
    await command.parseAsync(end === -1 ? given : given.slice(0, end), { from: 'user' });
    return undefined;
  } catch (error) {
    // A text may name a command without saying what it is for.
    if (
      given.every((word) => /^[a-z]+$/.test(word)) &&
      named.includes(error instanceof CommanderError ? error.code : '')
    ) {
      return undefined;
    }
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

it.each(currentPages)('%s: each command has the arguments and options that it is given', async (page) => {
  const mistakes: string[] = [];
  for (const command of commandsOf(readPage(page))) {
    const found = await mistake(argumentsOf(command));
    if (found !== undefined) mistakes.push(`stack ${command}: ${found}`);
  }

  expect(mistakes).toEqual([]);
});

describe('what is checked above', () => {
  it('is found in texts and blocks', () => {
    expect(
      commandsOf('Run `npm run stack -- up staging`.\n```sh\nnpm ci && npm run down -- --all # gone\n```\n'),
    ).toEqual(['down --all # gone', 'up staging']);
  });

  it('ends where the shell says so, and not in a quoted text', () => {
    expect(commandsOf("```sh\nnpx stack connect prod -- -c 'select count(*) from a; b' | cat\n```\n")).toEqual([
      "connect prod -- -c 'select count(*) from a; b'",
    ]);
  });

  it.each([
    'up --no-such-option',
    'scale staging api three',
    'rollback staging --to',
    'exec staging one two three -- ls',
  ])('%s is a mistake', async (command) => {
    expect(await mistake(argumentsOf(command))).toMatch(/^error: /);
  });

  it('runs those that only read, of which each way to use a command is one', () => {
    const { runs, left, unsorted, stale } = documentedRuns('prod');
    // Say in documented-runs.ts whether it only reads, or why it is not run.
    expect(unsorted).toEqual([]);
    expect(stale).toEqual([]);
    expect(runs.length).toBeGreaterThan(25);
    expect(left.map(([line]) => line)).not.toContain('status prod');
  });

  it('counts', () => {
    const found = currentPages.flatMap((page) => commandsOf(readPage(page)));
    expect(found.length).toBeGreaterThan(150);
  });
});
