import type { ProgramGraph } from '../../../infra/graph/query.ts';
import { type LocalGraph, needsEmulator } from '../translate/emulator.ts';
import { partOwn } from '../translate/own-resources.ts';

/** Settings are read only where a program has something to emulate. */
export async function withEmulatorSetting<Found extends ProgramGraph>(
  graph: Found,
  programDirectory: string,
  environment: string,
): Promise<Found & LocalGraph> {
  if (!needsEmulator(partOwn(graph).own)) return graph;
  const { readSettings } = await import('../../program/settings.ts');
  return { ...graph, emulates: readSettings(programDirectory, environment).localEmulator };
}
