import { Argument, type Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, seconds, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface MaintenanceOptions extends TargetOptions {
  readonly message: string;
  readonly retryAfter: number;
}

const states = ['on', 'off'] as const;

export function define(command: Command, start: Start): void {
  const page = command.addArgument(new Argument('<state>', 'what to do').choices(states));
  jsonOption(targetOption(environmentArgument(page)))
    .option('--message <text>', 'what people and programs read', 'We will be back soon.')
    .option('--retry-after <duration>', 'when to try again: 90s, 15m, 2h', seconds, 600)
    .action(async (state: (typeof states)[number], environment: string, options: MaintenanceOptions) => {
      await start(options, async ({ terminal }) => {
        const startedAt = systemClock.now();
        const { turnOff, turnOn } = await import('../release/maintenance.ts');
        const { openEnvironmentTarget, whoRuns } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const flow = { target, clock: systemClock, by: whoRuns(terminal) };
        const { message, retryAfter: retryAfterSeconds } = options;
        const result =
          state === 'on'
            ? await turnOn(flow, environment, { message, retryAfterSeconds })
            : await turnOff(flow, environment);
        const took = secondsSince(systemClock, startedAt);
        const { changed, maintenance, remarks } = result;
        return {
          json: {
            environment,
            target: options.target,
            state,
            changed,
            maintenance: maintenance ?? null,
            remarks,
            seconds: took,
          },
          summary: {
            did: sentenceOf(state, environment, changed),
            ending: changed ? 'done' : 'nothing',
            seconds: took,
            lines: remarks,
            next: [
              state === 'on'
                ? {
                    command: stackCommand(options.target, 'maintenance', 'off', environment),
                    purpose: 'let the app answer again',
                  }
                : { command: stackCommand(options.target, 'verify', environment), purpose: 'check that it serves' },
            ],
          },
        };
      });
    });
}

function sentenceOf(state: (typeof states)[number], environment: string, changed: boolean): string {
  if (state === 'on') {
    return changed
      ? `Maintenance is on: the load balancer of ${environment} answers with 503 instead of the app`
      : `Nothing changed: maintenance of ${environment} was on, with the same page`;
  }
  return changed
    ? `Maintenance is off: the app of ${environment} answers again`
    : `Nothing changed: maintenance of ${environment} was off`;
}
