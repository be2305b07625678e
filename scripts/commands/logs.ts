import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Paint } from '../output/paint.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { LogLine, Target } from '../release/target.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, seconds, targetOption, wholeNumber } from './options.ts';
import type { TargetOptions } from './session.ts';

interface LogsOptions extends TargetOptions {
  readonly service?: string;
  readonly follow?: true;
  readonly since?: number;
  readonly tail: number;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--service <name>', 'only this service')
    .option('-f, --follow', 'keep printing new lines until Ctrl-C')
    .option('--since <duration>', 'only lines newer than this: 90s, 15m, 2h, 1d', seconds)
    .option('--tail <lines>', 'latest lines per service', wholeNumber, 100)
    .action(async (environment: string, options: LogsOptions) => {
      await start(options, async ({ terminal, paint }) => {
        const startedAt = systemClock.now();
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const write = (line: LogLine) => void terminal.stdout.write(`${renderLogLine(line, paint)}\n`);
        const lines = await readLogs(target, environment, options, terminal.signal, write);
        if (lines.length === 0) await assertService(target, environment, options.service);
        return {
          json: { environment, target: options.target, lines, seconds: secondsSince(systemClock, startedAt) },
          summary: {
            did: `${lines.length} ${lines.length === 1 ? 'line' : 'lines'} of ${environment}`,
            seconds: secondsSince(systemClock, startedAt),
            next: [{ command: stackCommand(options.target, 'verify', environment), purpose: 'check that it serves' }],
          },
        };
      });
    });
}

/** Reads until there is no more, or until the person has seen enough; a line is shown when it comes. */
async function readLogs(
  target: Target,
  environment: string,
  { service, follow, since, tail, json }: LogsOptions,
  signal: AbortSignal,
  write: (line: LogLine) => void,
): Promise<readonly LogLine[]> {
  if (json === true && follow === true) {
    throw new UserError({
      code: 'FOLLOW_NOT_JSON',
      message: '--follow does not end, so it cannot give one JSON object.',
      remedy: 'Leave --follow or --json out.',
    });
  }
  const query = {
    follow: follow === true,
    tail,
    ...(service === undefined ? {} : { service }),
    ...(since === undefined ? {} : { sinceSeconds: since }),
  };
  const lines: LogLine[] = [];
  for await (const line of target.logs(environment, query, signal)) {
    lines.push(line);
    if (json !== true) write(line);
  }
  return lines;
}

/** No line may mean that nothing was written, or that the name is wrong. */
async function assertService(target: Target, environment: string, service: string | undefined): Promise<void> {
  if (service === undefined) return;
  const names = (await target.observe(environment))?.services.map(({ name }) => name) ?? [];
  if (names.includes(service)) return;
  throw new UserError({
    code: 'SERVICE_UNKNOWN',
    message: `There is no line of a service ${service} on ${environment}.`,
    remedy: names.length === 0 ? 'Nothing runs there.' : `Its services are: ${names.join(', ')}.`,
  });
}

export function renderLogLine({ service, task, text }: LogLine, paint: Paint): string {
  return `${paint('cyan', `${service}/${task}`)} ${text}`;
}
