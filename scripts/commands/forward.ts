import { once } from 'node:events';
import type { Command } from 'commander';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { jsonOption, port, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface ForwardOptions extends TargetOptions {
  readonly process?: string;
  readonly localPort?: number;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command))
    .argument('<environment>', 'environment, as in Pulumi.<environment>.yaml')
    .argument('<port>', 'port in a running task', port)
    .option('--process <name>', 'process, as in the manifest (default: api)')
    .option('--local-port <port>', 'port of this machine (default: the same)', port)
    .action(async (environment: string, remote: number, options: ForwardOptions) => {
      await start(options, async ({ terminal }) => {
        const startedAt = systemClock.now();
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const tunnel = await target.operations.forward(environment, {
          port: remote,
          localPort: options.localPort ?? remote,
          ...(options.process === undefined ? {} : { process: options.process }),
        });
        const { localPort } = tunnel;
        terminal.stderr.write(
          `127.0.0.1:${localPort} leads to port ${remote} of a task of ${environment}. Ctrl-C ends.\n`,
        );
        try {
          await Promise.race([tunnel.ended, terminal.signal.aborted ? undefined : once(terminal.signal, 'abort')]);
        } finally {
          await tunnel.close();
        }
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, target: target.kind, port: remote, localPort, seconds },
          summary: { did: `Port ${localPort} was forwarded to port ${remote} of ${environment}`, seconds },
        };
      });
    });
}
