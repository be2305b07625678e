import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { verified } from '../messages/verified.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .argument('[processes...]', 'only these, such as api (default: all that run)')
    .action(async (environment: string, processes: readonly string[], options: TargetOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const { restart } = await import('../release/restart.ts');
        const { neededSecrets } = await import('../program/needed-secrets.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        const secrets = neededSecrets(terminal.projectDirectory, environment);
        const { seconds, ...done } = await restart(flow, environment, { processes, secrets });
        return {
          json: { ...done, target: options.target, seconds },
          summary: {
            did: `Restarted ${done.processes.join(', ')} of ${environment}: ${done.version}, ${verified(done.unverified)}`,
            seconds,
            lines: [done.url],
            next: [{ command: stackCommand(options.target, 'logs', environment), purpose: 'read the logs' }],
          },
        };
      });
    });
}
