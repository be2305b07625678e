import type { Command } from 'commander';
import { UserError } from '../messages/user-error.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import { runHere } from './run-here.ts';
import type { TargetOptions } from './session.ts';

interface ConnectOptions extends TargetOptions {
  readonly write?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--write', 'let statements change data')
    .usage('[environment] [options] [-- options of psql…]')
    .addHelpText('after', "\nAfter -- options of psql: stack connect <environment> -- -c 'select 1'")
    .action(async (environment: string, options: ConnectOptions) => {
      await start(options, async ({ terminal, program: args }) => {
        const startedAt = systemClock.now();
        const captured = options.json === true;
        if (captured && args.length === 0) throw sessionNotJson();
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const write = options.write === true;
        const interactive = !captured && terminal.stdin.isTTY === true && terminal.stdout.isTTY === true;
        const connection = await target.operations.connect(environment, { write, args, interactive });
        if (!captured) {
          const access = write ? 'statements can change data' : 'read-only; --write lets statements change data';
          terminal.stderr.write(`Connected to the database of ${environment}, ${access}.\n`);
        }
        try {
          const ended = await runHere(connection.invocation, terminal, captured);
          const { exitCode } = ended;
          return {
            json: { environment, target: target.kind, write, ...ended, seconds: secondsSince(systemClock, startedAt) },
            quiet: true,
            ...(exitCode === null ? {} : { exitCode }),
            summary: {
              did: `psql ended with exit code ${exitCode}`,
              ending: exitCode === 0 ? 'done' : 'attention',
              seconds: secondsSince(systemClock, startedAt),
            },
          };
        } finally {
          await connection.close();
        }
      });
    });
}

function sessionNotJson(): UserError {
  return new UserError({
    code: 'SHELL_NOT_JSON',
    message: '--json needs a statement: a session has no result.',
    remedy: "Name one after --, as in `-- -c 'select 1'`, or omit --json.",
  });
}
