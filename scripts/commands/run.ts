import type { Command } from 'commander';
import { usageCode } from '../messages/exit-code.ts';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .argument('[process]', 'one-off to run, or process whose variables, secrets and limits the program gets')
    .usage('[environment] [process] [options] [-- program…]')
    .addHelpText('after', '\nAfter -- the program and its arguments. The command ends with its exit code.')
    .action(async (environment: string, process: string | undefined, options: TargetOptions) => {
      await start(options, async ({ terminal, program, paint }) => {
        const startedAt = systemClock.now();
        if (program.length === 0 && process === undefined) throw noProgram();
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const lines: string[] = [];
        const { exitCode, ...ran } = await target.operations.run(
          environment,
          { program, ...(process === undefined ? {} : { process }) },
          (line) => {
            if (options.json === true) lines.push(line);
            else terminal.stdout.write(`${line}\n`);
          },
          terminal.signal,
        );
        const seconds = secondsSince(systemClock, startedAt);
        const did = `${[process, ...program].filter(Boolean).join(' ')} on ${environment} ended with exit code ${exitCode}`;
        return {
          json: { environment, target: target.kind, ...ran, exitCode, lines, seconds },
          exitCode,
          quiet: true,
          summary: {
            did: exitCode === 0 ? did : paint('red', did),
            ending: exitCode === 0 ? 'done' : 'found',
            seconds,
            next: [{ command: stackCommand(target.kind, 'logs', environment), purpose: 'read the logs' }],
          },
        };
      });
    });
}

function noProgram(): UserError {
  return new UserError({
    code: usageCode,
    message: 'run needs a program, or the name of a one-off or of a scheduled process.',
    rule: 'The program is what follows --, as in `stack run <environment> -- node dist/reindex.js`.',
    remedy: '`npm run stack -- run --help` lists its options.',
  });
}
