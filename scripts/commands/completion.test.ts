import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { renderCompletion } from './completion.ts';

const option = (flag: string) => ({ flag, description: `what's ${flag}` });
const commands = [
  { name: 'up', summary: "build the app's release", options: [option('--port'), option('--json')] },
  { name: 'status', summary: 'look', options: [option('--watch')] },
];
const environments = ['prod', 'staging'];

/** What bash itself offers after these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = renderCompletion('bash', commands, environments);
  const call = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _stack; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', `${script}\n${call}`], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  it.each([
    [['stack', 's'], ['status']],
    [['npx', 'stack', 'u'], ['up']],
    [
      ['stack', 'up', '--'],
      ['--port', '--json'],
    ],
    [['stack', 'up', 'st'], ['staging']],
    [['stack', 'up', 'prod', '--p'], ['--port']],
    [
      ['stack', 'up', '--target', ''],
      ['local', 'aws'],
    ],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

it('completion in zsh is that of bash', () => {
  const [first] = renderCompletion('zsh', commands, environments).split('\n');
  expect(first).toBe('autoload -Uz bashcompinit && bashcompinit');
});

it('completion in fish quotes what it says', () => {
  const lines = renderCompletion('fish', commands, environments).split('\n');
  expect(lines).toContain("complete -c stack -n __fish_use_subcommand -a up -d 'build the app\\'s release'");
  expect(lines).toContain("complete -c stack -n '__fish_seen_subcommand_from up status' -a 'prod staging'");
});
