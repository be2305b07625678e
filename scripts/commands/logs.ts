import { type Command, Option } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import { type LogFilter, type LogLevel, logLevels, matches, renderLogLine } from '../output/log-line.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { LogReading } from '../release/read-logs.ts';
import type { LogLine } from '../release/target.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, seconds, targetOption, wholeNumber } from './options.ts';
import type { TargetOptions } from './session.ts';

interface LogsOptions extends TargetOptions {
  readonly service?: string;
  readonly process?: string;
  readonly follow?: true;
  readonly since?: number;
  readonly tail: number;
  readonly level?: LogLevel;
  readonly correlationId?: string;
  readonly raw?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--service <name>', 'only this service; without it the services of the release, not the database')
    .option('--process <name>', 'the same as --service')
    .option('-f, --follow', 'keep printing new lines until Ctrl-C')
    .option('--since <duration>', 'only lines newer than this: 90s, 15m, 2h, 1d', seconds)
    .option('--tail <lines>', 'latest lines per service', wholeNumber, 100)
    .addOption(new Option('--level <level>', 'only lines of this level and above').choices(logLevels))
    .option('--correlation-id <id>', 'only lines of the request that was answered with this x-correlation-id')
    .option('--raw', 'lines as the tasks wrote them, for jq')
    .action(async (environment: string, options: LogsOptions) => {
      await start(options, async ({ terminal, paint }) => {
        const startedAt = systemClock.now();
        const { readLogs } = await import('../release/read-logs.ts');
        const { openEnvironmentTarget } = await import('./session.ts');
        const query = queryOf(options);
        const target = await openEnvironmentTarget(terminal, options, environment);
        const write = (line: LogLine) => {
          if (options.json === true) return;
          terminal.stdout.write(`${options.raw === true ? line.text : renderLogLine(line, paint)}\n`);
        };
        const lines = await readLogs(target, environment, query, terminal.signal, write);
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, target: options.target, lines, seconds },
          summary: {
            did: `${lines.length} ${lines.length === 1 ? 'line' : 'lines'} of ${environment}`,
            ending: lines.length === 0 ? 'nothing' : 'done',
            seconds,
            next: [{ command: stackCommand(options.target, 'verify', environment), purpose: 'check that it serves' }],
          },
        };
      });
    });
}

function queryOf({
  process,
  service = process,
  follow,
  since,
  tail,
  json,
  level,
  correlationId,
}: LogsOptions): LogReading {
  if (json === true && follow === true) {
    throw new UserError({
      code: 'FOLLOW_NOT_JSON',
      message: '--follow never ends, so it cannot print one JSON object.',
      remedy: 'Omit --follow or --json.',
    });
  }
  const filter: LogFilter = {
    ...(level === undefined ? {} : { level }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
  return {
    follow: follow === true,
    tail,
    ...(Object.keys(filter).length === 0 ? {} : { keep: (line) => matches(line, filter) }),
    ...(correlationId === undefined ? {} : { contains: correlationId }),
    ...(service === undefined ? {} : { service }),
    ...(since === undefined ? {} : { sinceSeconds: since }),
  };
}
