import { Argument, Command } from 'commander';
import type { RegisteredCommand, Result, Start } from './definition.ts';
import { jsonOption } from './options.ts';
import type { CommonOptions } from './session.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

interface Completion {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

export function define(command: Command, start: Start): void {
  jsonOption(command)
    .addArgument(new Argument('<shell>', 'shell to complete in').choices(shells))
    .addHelpText(
      'after',
      [
        '',
        'bash: source <(npx stack completion bash)',
        'zsh:  source <(npx stack completion zsh)',
        'fish: npx stack completion fish | source',
      ].join('\n'),
    )
    .action(async (shell: Shell, options: CommonOptions) => {
      await start(options, async ({ terminal, commands }): Promise<Result> => {
        const { listEnvironments } = await import('../program/environments.ts');
        const environments = await listEnvironments(terminal.projectDirectory);
        const script = renderCompletion(shell, await completions(commands), environments);
        if (options.json !== true) terminal.stdout.write(script);
        return {
          json: { shell, script },
          quiet: true,
          summary: { did: `Completion for ${shell}: have your shell read it at its start`, seconds: 0 },
        };
      });
    });
}

async function completions(commands: readonly RegisteredCommand[]): Promise<readonly Completion[]> {
  return await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const command = new Command(name);
      (await load()).define(command, async () => undefined);
      const options = command.options.flatMap(({ long, description }) =>
        long === undefined || long === null ? [] : [{ flag: long, description }],
      );
      return { name, summary, options: [...options, { flag: '--help', description: 'display help' }] };
    }),
  );
}

/** Completes `stack`, and `npx stack` and `npm run stack --` where the shell lets a function look at the words before. */
export function renderCompletion(
  shell: Shell,
  commands: readonly Completion[],
  environments: readonly string[],
): string {
  if (shell === 'fish') return fish(commands, environments);
  const cases = commands.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  const bash = `_stack() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="" words word index
  local environments="${environments.join(' ')}"
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in
    stack | run-script | -*) ;;
    ${commands.map(({ name }) => name).join(' | ')})
      command="$word"
      break
      ;;
    esac
  done
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(' ')} --help --version" ;;
${cases.join('\n')}
  esac
  [ "\${COMP_WORDS[COMP_CWORD-1]}" = --target ] && words="local aws" && environments=""
  [ -n "$command" ] && [ "\${current#-}" = "$current" ] && words="$words $environments"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _stack stack
`;
  return shell === 'bash' ? bash : `autoload -Uz bashcompinit && bashcompinit\n${bash}`;
}

function fish(commands: readonly Completion[], environments: readonly string[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const names = commands.map(({ name }) => name).join(' ');
  return `${[
    'complete -c stack -f',
    ...commands.map(
      ({ name, summary }) => `complete -c stack -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ),
    `complete -c stack -n '__fish_seen_subcommand_from ${names}' -a ${quote(environments.join(' '))}`,
    ...commands.flatMap(({ name, options }) =>
      options.map(
        ({ flag, description }) =>
          `complete -c stack -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quote(description)}`,
      ),
    ),
  ].join('\n')}\n`;
}
