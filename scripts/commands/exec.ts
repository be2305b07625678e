import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import { type Ended, runHere } from './run-here.ts';
import type { TargetOptions } from './session.ts';

/** Every image of a Node app that the stack builds has one. */
const shell = ['/bin/sh'];

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .argument('[process]', 'process, as in the manifest (default: api)')
    .usage('[environment] [process] [options] [-- program…]')
    .addHelpText('after', '\nAfter -- the program and its arguments; without it, a shell.')
    .action(async (environment: string, process: string | undefined, options: TargetOptions) => {
      await start(options, async ({ terminal, program }) => {
        const startedAt = systemClock.now();
        if (options.json === true && program.length === 0) throw shellNotJson();
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const { stdin, stdout } = terminal;
        const invocation = await target.operations.exec(environment, {
          program: program.length === 0 ? shell : program,
          interactive: options.json !== true && stdin.isTTY === true && stdout.isTTY === true,
          ...(process === undefined ? {} : { process }),
        });
        const ended = await runHere(invocation, terminal, options.json === true);
        const seconds = secondsSince(systemClock, startedAt);
        return resultOf(environment, options, ended, seconds);
      });
    });
}

function resultOf(environment: string, { target }: TargetOptions, ended: Ended, seconds: number): Result {
  const { exitCode } = ended;
  return {
    json: { environment, target, ...ended, seconds },
    quiet: true,
    ...(exitCode === null ? {} : { exitCode }),
    summary: {
      did:
        exitCode === null ? 'The session ended; ECS Exec reports no exit code' : `It ended with exit code ${exitCode}`,
      ending: exitCode === 0 ? 'done' : 'attention',
      seconds,
      next: [{ command: stackCommand(target, 'run', environment, '--', '…'), purpose: 'run it in a task of its own' }],
    },
  };
}

function shellNotJson(): UserError {
  return new UserError({
    code: 'SHELL_NOT_JSON',
    message: '--json needs a program: a shell has no result.',
    remedy: 'Name a program after --, or omit --json.',
  });
}
