import { expect } from 'vitest';
import { exitCodes } from '../messages/exit-code.ts';
import type { Outcome } from './checkout.ts';

export interface RunningRelease {
  readonly version: string;
  readonly commit: string;
  readonly image: string;
}

/** The release that a command's JSON object names; fails with the command's own words when it did not succeed. */
export function releaseOf({ exitCode, json, talk }: Outcome): RunningRelease {
  if (exitCode !== 0) throw new Error(`It ended with ${exitCode}: ${JSON.stringify(json['error'])}\n${talk}`);
  return json['release'] as RunningRelease;
}

export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly details?: string;
  readonly remedy?: string;
}

/** The error of a command that must fail. */
export function errorOf({ exitCode, json, talk }: Outcome): ReportedError {
  if (exitCode !== exitCodes.failed && exitCode !== exitCodes.refused) {
    throw new Error(`It ended with ${exitCode}, not with an error: ${JSON.stringify(json)}\n${talk}`);
  }
  return json['error'] as ReportedError;
}

/** What answers at a URL, by its own account. */
export async function answeringVersion(url: string): Promise<string> {
  const response = await fetch(`${url}/version`);
  const { version } = (await response.json()) as { version: string };
  return version;
}

export async function untilReady(url: string): Promise<void> {
  await expect
    .poll(async () => (await fetch(`${url}/ready`).catch(() => undefined))?.status, { timeout: 60_000, interval: 250 })
    .toBe(200);
}

/** A migration of one statement, as a file of the app. */
export const migrationOf = (sql: string): string =>
  `import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query('${sql}');
}
`;
