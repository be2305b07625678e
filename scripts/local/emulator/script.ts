import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emulatorFiles } from '../translate/ministack.ts';

/** What makes the buckets and queues whenever the emulator starts. Runs in its container, with the SDK that it has. */
export function emulatorScript(): string {
  return readFileSync(join(import.meta.dirname, emulatorFiles.script), 'utf8');
}
