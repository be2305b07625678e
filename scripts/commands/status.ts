import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Ending, Next } from '../output/summary.ts';
import { widthOf } from '../output/wrap.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Status } from '../release/status.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetKind } from './select-target.ts';
import type { TargetOptions, Terminal } from './session.ts';

interface StatusOptions extends TargetOptions {
  readonly watch?: true;
}

/** Each look asks several services of AWS, which throttle per account. */
const watchMilliseconds = 5_000;

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('-w, --watch', 'look again every five seconds until Ctrl-C')
    .action(async (environment: string, options: StatusOptions) => {
      await start(options, async ({ terminal, paint }) => {
        assertWatchable(options);
        const startedAt = systemClock.now();
        const { readStatus } = await import('../release/status.ts');
        const { renderStatus } = await import('../output/status-text.ts');
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const look = () => readStatus({ target, clock: systemClock }, environment);
        const show = (status: Status) => {
          const width = widthOf(terminal.stdout);
          return renderStatus(status, { target: target.kind, paint, now: systemClock.now(), width });
        };
        const status = options.watch === true ? await watch(terminal, environment, look, show) : await look();
        return resultOf(status, target.kind, show(status), secondsSince(systemClock, startedAt));
      });
    });
}

function assertWatchable({ watch, json }: StatusOptions): void {
  if (watch !== true || json !== true) return;
  throw new UserError({
    code: 'WATCH_NOT_JSON',
    message: '--watch never ends, so it cannot print one JSON object.',
    remedy: 'Omit --watch or --json.',
  });
}

/** @returns the last status, for the end of the command */
async function watch(
  { stdout, signal }: Terminal,
  environment: string,
  look: () => Promise<Status>,
  show: (status: Status) => string,
): Promise<Status> {
  for (;;) {
    const status = await look();
    if (signal.aborted) return status;
    // A terminal shows one screen that changes; elsewhere each look is printed below the last.
    const clear = stdout.isTTY ? '\u001b[H\u001b[2J\u001b[3J' : '';
    stdout.write(`${clear}${environment} at ${status.at.slice(0, 19)}Z, Ctrl-C ends\n\n${show(status)}\n\n`);
    await pause(watchMilliseconds, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return status;
  }
}

function resultOf(status: Status, target: TargetKind, text: string, seconds: number): Result {
  return {
    json: { ...status, target, seconds },
    text,
    summary: { did: sentenceOf(status, target), ending: endingOf(status), seconds, next: nextOf(status, target) },
  };
}

function sentenceOf({ environment, runs, problems, last }: Status, target: TargetKind): string {
  if ('unknown' in runs) return `What runs on ${environment} is unknown`;
  const [first, ...others] = problems;
  if (first !== undefined) {
    return `${environment}: ${first}${others.length === 0 ? '' : `, and ${others.length} more`}`;
  }
  if (runs.value === null) return `Nothing runs on ${environment}, target ${target}`;
  return 'unknown' in last || last.value === null
    ? `${environment} runs on target ${target}, and its history does not say what`
    : `${environment} runs on target ${target} as its history says`;
}

/** Unknown is not fine: what runs decides whether the command found something, the rest asks for attention. */
function endingOf({ runs, problems, last, holds, frozen, alarms, lastRuns, maintenance, rollback }: Status): Ending {
  if (problems.length > 0 || 'unknown' in runs) return 'found';
  if (runs.value === null) return 'nothing';
  const unknown = [last, holds, frozen, alarms, lastRuns, maintenance, rollback].some((known) => 'unknown' in known);
  const said =
    ('value' in maintenance && maintenance.value.recorded !== null) ||
    ('value' in frozen && frozen.value !== null) ||
    ('value' in holds && holds.value.length > 0);
  const unclear = 'value' in last && (last.value === null || last.value.outcome !== 'good');
  return unknown || said || unclear ? 'attention' : 'done';
}

function nextOf({ environment, runs, problems }: Status, target: TargetKind): readonly Next[] {
  if ('value' in runs && runs.value === null) {
    return [{ command: stackCommand(target, 'up', environment), purpose: 'deploy a release' }];
  }
  return [
    { command: stackCommand(target, 'logs', environment), purpose: 'read the logs' },
    ...(problems.length === 0
      ? [{ command: stackCommand(target, 'verify', environment), purpose: 'check that it serves' }]
      : [{ command: stackCommand(target, 'history', environment), purpose: 'list what was changed when' }]),
  ];
}
