import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { stackCommand } from '../messages/next-command.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, seconds, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface IncidentOptions extends TargetOptions {
  readonly output?: string;
  readonly archive?: true;
  readonly since: number;
}

const hour = 3600;

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--output <folder>', 'folder to create (default: one in .stack/incidents, which git ignores)')
    .option('--archive', 'also pack it, as <folder>.tar.gz')
    .option('--since <duration>', 'log lines that are not older: 15m, 2h, 1d (default: 1h)', seconds, hour)
    .action(async (environment: string, options: IncidentOptions) => {
      await start(options, async ({ terminal, progress }) => {
        const startedAt = systemClock.now();
        const { collectIncident } = await import('../release/incident.ts');
        const { incidentFiles } = await import('../output/incident-files.ts');
        const { isError } = await import('../output/log-line.ts');
        const { projectPrerequisites } = await import('./project-prerequisites.ts');
        const { openEnvironmentTarget } = await import('./session.ts');
        const { projectDirectory, signal } = terminal;
        const target = await openEnvironmentTarget(terminal, options, environment);
        const incident = await collectIncident({ target, clock: systemClock, progress, signal }, environment, {
          sinceSeconds: options.since,
          keep: isError,
          prerequisites: [...projectPrerequisites(projectDirectory, environment), ...target.prerequisites(environment)],
        });
        const secrets = await target.operations.knownSecrets(environment);
        const files = incidentFiles(incident, { target: target.kind, now: systemClock.now(), secrets });
        const { namedFolder, newFolder } = await import('../output/incident-folder.ts');
        const folder =
          options.output === undefined
            ? await newFolder(join(projectDirectory, '.stack', 'incidents'), environment, systemClock.now())
            : await namedFolder(resolve(options.output));
        await Promise.all(
          files.map(({ name, text }) => writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' })),
        );
        const { packFolder } = await import('../output/pack-folder.ts');
        const archive = options.archive === true ? await packFolder(folder) : undefined;
        const unknown = Object.values(incident).filter((part) => typeof part === 'object' && 'unknown' in part).length;
        const took = secondsSince(systemClock, startedAt);
        return {
          json: {
            environment,
            target: target.kind,
            folder,
            archive: archive ?? null,
            files: files.map(({ name }) => name),
            unknown,
            seconds: took,
          },
          text: files[0]?.text.trimEnd() ?? '',
          summary: {
            did: `Collected ${files.length} files in ${archive ?? folder}`,
            ending: unknown > 0 ? 'attention' : 'done',
            seconds: took,
            next: [{ command: stackCommand(target.kind, 'status', environment), purpose: 'look at it now' }],
          },
        };
      });
    });
}
