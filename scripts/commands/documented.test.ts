import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { argumentsOf, commandsOf, currentPages, readPage } from '../testing/documented-commands.ts';
import { documentedRuns } from '../testing/documented-runs.ts';
import { documentedShell } from '../testing/documented-shell.ts';
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

  it('is run with environments that run, or by another test, or left with a reason', () => {
    const { runs, sessions, changes, removals, elsewhere, unsorted, stale } = documentedRuns('prod');
    // Say in documented-runs.ts how it is run, or why it is not.
    expect(unsorted).toEqual([]);
    expect(stale).toEqual([]);
    expect(runs.length).toBeGreaterThan(40);
    expect(changes.length).toBeGreaterThan(20);
    const lines = [...runs, ...sessions, ...changes, ...removals].map(({ args }) => args.join(' '));
    expect(lines).toEqual(expect.arrayContaining(['status prod', 'restart prod', 'down --all --yes']));
    expect(elsewhere.map(([line]) => line)).toContain('promote prod');
  });

  it('is not run because it needs AWS, or is no whole command', () => {
    expect(documentedRuns('prod').left.map(([line]) => line.replace(/@sha256.*/, ''))).toEqual([
      'forward',
      'init',
      'maintenance',
      'run',
      'run prod api',
      'secrets',
      'secrets set',
      'up staging --adopt image',
      'up staging --image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/nest-fargate-staging',
    ]);
  });

  it.each(documentedRuns('prod').elsewhere)(
    'stack %s is run by the test that is named',
    (_line, { file, test, call }) => {
      const text = readPage(file);
      const title = [`'${test}'`, `(\n    '${test}'`].find((quoted) => text.includes(`it(${quoted}`)) ?? '';
      const begin = title === '' ? -1 : text.indexOf(`it(${title}`);
      expect(begin, `${file} has no test “${test}”`).toBeGreaterThan(-1);
      const next = /\n *it[.(]/.exec(text.slice(begin));
      const body = next === null ? text.slice(begin) : text.slice(begin, begin + next.index);
      expect(body.replaceAll(/\s+/g, '')).toContain(call.replaceAll(/\s+/g, ''));
    },
  );

  it('includes the commands of other tools, each with what runs it or why nothing does', () => {
    const { run, unsorted, stale } = documentedShell();
    // Say in documented-shell.ts what runs it, or why nothing does.
    expect(unsorted).toEqual([]);
    expect(stale).toEqual([]);
    for (const [command, { file, says }] of run) expect(readPage(file), `${command}: ${file}`).toContain(says);
  });

  it('counts', () => {
    const found = currentPages.flatMap((page) => commandsOf(readPage(page)));
    expect(found.length).toBeGreaterThan(150);
  });
});
