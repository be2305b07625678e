import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Graph } from '../../infra/graph/record.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption } from './options.ts';
import type { CommonOptions } from './session.ts';

const formats = ['svg', 'terraform', 'hcl'] as const;
type Format = (typeof formats)[number];

interface GraphOptions extends CommonOptions {
  readonly format: Format;
  readonly out?: string;
}

/** A way to write down a graph. */
interface Writer {
  readonly step: string;
  readonly did: string;
  /** Name of the file unless another one is given. */
  readonly file: (environment: string) => string;
  readonly write: (graph: Graph, settings: Settings) => Promise<string>;
}

const writers: Readonly<Record<Format, Writer>> = {
  svg: {
    step: 'Lay it out',
    did: 'Drew the architecture of',
    file: (environment) => `architecture.${environment}.svg`,
    write: async (graph, settings) => {
      const { drawGraph } = await import('../diagram/draw.ts');
      return drawGraph(graph, settings);
    },
  },
  terraform: {
    step: 'Write it as Terraform JSON',
    did: 'Exported the resources of',
    file: (environment) => `${environment}.tf.json`,
    write: async (graph, { region }) => {
      const { exportTerraform } = await import('../terraform/export.ts');
      return `${JSON.stringify(exportTerraform(graph, region), undefined, 2)}\n`;
    },
  },
  hcl: {
    step: 'Write it in the language of Terraform',
    did: 'Exported the resources of',
    file: (environment) => `${environment}.tf`,
    write: async (graph, { region }) => {
      const { exportTerraform } = await import('../terraform/export.ts');
      const { writeHcl } = await import('../terraform/hcl.ts');
      return writeHcl(exportTerraform(graph, region));
    },
  },
};

export function define(command: Command, start: Start): void {
  jsonOption(environmentArgument(command))
    .addOption(
      new Option('--format <format>', 'svg to look at; terraform (JSON) or hcl for scanners')
        .choices(formats)
        .default('svg'),
    )
    .option('--out <file>', 'output file (default: architecture.<environment>.svg, <environment>.tf.json or .tf)')
    .action(async (environment: string, options: GraphOptions) => {
      await start(options, async ({ terminal, progress }): Promise<Result> => {
        const startedAt = systemClock.now();
        const { assertEnvironment } = await import('../program/environments.ts');
        await assertEnvironment(terminal.projectDirectory, environment);
        const { evaluate } = await import('../../infra/graph/evaluate.ts');
        const { readSettings } = await import('../program/settings.ts');
        progress.step(`Evaluate the program for ${environment}`);
        const { projectDirectory } = terminal;
        const graph = await evaluate(environment, { projectDirectory });
        const settings = readSettings(projectDirectory, environment);
        const writer = writers[options.format];
        progress.step(writer.step);
        const file = resolve(options.out ?? writer.file(environment));
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, await writer.write(graph, settings));
        const seconds = secondsSince(systemClock, startedAt);
        return {
          json: { environment, format: options.format, file, seconds },
          summary: { did: `${writer.did} ${environment}`, seconds, lines: [file] },
        };
      });
    });
}
