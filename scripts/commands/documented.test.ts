import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { registry } from './registry.ts';

const root = resolve(import.meta.dirname, '../..');
// What the changelog names may be gone.
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== 'CHANGELOG.md' && existsSync(join(root, file)));

/** What a reader would put there. */
const examples: readonly (readonly [RegExp, string])[] = [
  [/^<(count|n|port)>$/i, '3'],
  [/^<(time|duration)>$/i, '3d'],
  [/^<[^>]+>$/, 'example'],
];

/** Commands of a page with their arguments: in a text as code, in a block as a line. */
function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((line) =>
    line
      .split(/&&|[|;)]/)
      .map((part) =>
        /(?:npm run stack -- |npx stack |^stack |npm run (?=(?:up|down) -- ))(?<given>[a-z].*)$/.exec(part.trim()),
      )
      .flatMap((found) => found?.groups?.['given']?.replace(/^(up|down) -- /, '$1 ') ?? []),
  );
}

/** Without comments, and with an example for each placeholder. */
function argumentsOf(command: string): readonly string[] {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
  const end = words.findIndex((word) => /^[#<>…]/.test(word) && !/^<[^>]+>$/.test(word));
  return words
    .slice(0, end === -1 ? words.length : end)
    .filter((word) => !/^\[.*\]$/.test(word))
    .map((word) => examples.find(([placeholder]) => placeholder.test(word))?.[1] ?? word);
}

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

it.each(pages)('%s: each command has the arguments and options that it is given', async (page) => {
  const mistakes: string[] = [];
  for (const command of commandsOf(readFileSync(join(root, page), 'utf8'))) {
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

  it.each([
    'up --no-such-option',
    'scale staging api three',
    'rollback staging --to',
    'exec staging one two three -- ls',
  ])('%s is a mistake', async (command) => {
    expect(await mistake(argumentsOf(command))).toMatch(/^error: /);
  });

  it('counts', () => {
    const found = pages.flatMap((page) => commandsOf(readFileSync(join(root, page), 'utf8')));
    expect(found.length).toBeGreaterThan(150);
  });
});
