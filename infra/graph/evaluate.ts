import { type Graph, record } from './record.ts';
import { readStackConfig } from './stack-files.ts';

export interface EvaluateOptions {
  readonly projectDirectory: string;
  /** Values beside those of the stack file, by their plain names: `{ apiMemoryMiB: '1024' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

let evaluations = 0;

/** What the program would register for an environment, with the configuration of its stack file. Needs no AWS. */
export async function evaluate(environment: string, options: EvaluateOptions): Promise<Graph> {
  const { project, config: own, secretKeys } = readStackConfig(options.projectDirectory, environment);
  const overrides = Object.entries(options.config ?? {}).map(([key, value]) => [
    key.includes(':') ? key : `${project}:${key}`,
    value,
  ]);
  const config = { ...own, ...Object.fromEntries(overrides) };
  return record({ project, environment, config, secretKeys }, () => {
    // The program is what a module does when it is loaded, and a module is loaded once: another query is another module.
    evaluations += 1;
    return import(new URL(`../index.ts?evaluation=${evaluations}`, import.meta.url).href);
  });
}
