import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption } from './options.ts';
import type { CommonOptions } from './session.ts';

interface GraphOptions extends CommonOptions {
  readonly out?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(environmentArgument(command))
    .option('--out <file>', 'output file (default: architecture.<environment>.svg)')
    .action(async (environment: string, options: GraphOptions) => {
      await start(options, async ({ terminal, progress }): Promise<Result> => {
        const startedAt = systemClock.now();
        const { assertEnvironment } = await import('./environments.ts');
        await assertEnvironment(terminal.projectDirectory, environment);
        const { evaluate } = await import('../../infra/graph/evaluate.ts');
        const { drawGraph } = await import('../diagram/draw.ts');
        const { readSettingValues } = await import('./settings.ts');
        progress.step(`Evaluate the program for ${environment}`);
        const { projectDirectory } = terminal;
        const graph = await evaluate(environment, { projectDirectory });
        const region = readSettingValues(projectDirectory, environment)['aws:region'] ?? '';
        progress.step('Lay it out');
        const file = resolve(options.out ?? `architecture.${environment}.svg`);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, await drawGraph(graph, region));
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, file, seconds },
          summary: { did: `Drew the architecture of ${environment}`, seconds, lines: [file] },
        };
      });
    });
}
