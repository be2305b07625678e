import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import type { Start } from './definition.ts';
import { jsonOption, targetOption, wholeNumber } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command))
    .argument('<environment>', 'environment, as in Pulumi.<environment>.yaml')
    .argument('<process>', 'process, as in the manifest')
    .argument('<count>', 'number of tasks, until autoscaling or the next up sets another', wholeNumber)
    .action(async (environment: string, process: string, count: number, options: TargetOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const { scale } = await import('../release/scale.ts');
        const { openEnvironmentTarget, whoRuns } = await import('./session.ts');
        const { systemClock } = await import('../release/clock.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const by = whoRuns(terminal);
        const flow = { target, clock: systemClock, progress, signal: terminal.signal, by, newAttemptId: randomUUID };
        const result = await scale(flow, environment, process, count);
        const { before, changed, seconds } = result;
        return {
          json: { ...result, target: target.kind },
          summary: {
            did: changed
              ? `${process} of ${environment} runs ${count} tasks, before ${before}`
              : `${process} of ${environment} runs ${count} tasks already`,
            ending: changed ? 'done' : 'nothing',
            seconds,
            lines: changed
              ? [
                  target.kind === 'aws'
                    ? 'Temporary: autoscaling changes it again as load requires. The settings are as they were.'
                    : 'Temporary: the next up sets the number of the settings again.',
                ]
              : [],
            next: [{ command: stackCommand(target.kind, 'status', environment), purpose: 'look at it' }],
          },
        };
      });
    });
}
