import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { collectIncident } from '../release/incident.ts';
import type { LogLine } from '../release/target.ts';
import { memoryFlow, release } from '../release/testing/memory-flow.ts';
import { up } from '../release/up.ts';
import { incidentFiles } from './incident-files.ts';
import { isError } from './log-line.ts';

const password = 'correct-horse-battery';
const now = Date.parse('2026-11-21T10:00:00Z');

/** An environment that runs, with these log lines. */
async function collect(texts: readonly string[], changes: Partial<{ explanation: string; failing: string }> = {}) {
  const first = memoryFlow();
  await up(first, 'staging');
  const flow = memoryFlow(first.platform);
  flow.target.logs = async function* () {
    for (const text of texts) yield { service: 'api', task: 'api.1', text } satisfies LogLine;
  };
  flow.target.explain = async () => changes.explanation ?? '';
  flow.platform.beforeStep = async (name) => {
    if (name === changes.failing) throw new UserError({ code: 'AWS_PERMISSION', message: 'A permission is missing.' });
  };
  const incident = await collectIncident(flow, 'staging', { sinceSeconds: 60, keep: isError, prerequisites: [] });
  const files = incidentFiles(incident, { target: 'local', now, secrets: [password] });
  const whole = files.map(({ name, text }) => `${name}\n${text}`).join('\n');
  return { files, whole, textOf: (asked: string) => files.find(({ name }) => name === asked)?.text ?? '' };
}

describe('the bundle of an incident', () => {
  it('says what runs, what was tried, why tasks stopped, and which errors were logged', async () => {
    const { textOf, files } = await collect(
      ['{"level":"info","msg":"served"}', '{"level":"error","msg":"no connection"}', 'FATAL ERROR: heap is full'],
      { explanation: 'api.2 ended with exit code 137' },
    );

    expect(files.map(({ name }) => name)).toEqual([
      'README.txt',
      'status.txt',
      'status.json',
      'releases.json',
      'tasks.txt',
      'errors.log',
      'changes.txt',
      'prerequisites.txt',
    ]);
    expect(textOf('status.txt')).toContain(release('1.0.0').version);
    expect(textOf('releases.json')).toContain('"outcome": "good"');
    expect(textOf('tasks.txt')).toBe('api.2 ended with exit code 137\n');
    expect(textOf('errors.log')).toBe(
      'api.1 {"level":"error","msg":"no connection"}\napi.1 FATAL ERROR: heap is full\n',
    );
  });

  it('has no secret: neither one that is known nor one that looks like it, in whichever file', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    const { whole } = await collect(
      [
        `{"level":"error","msg":"login as ${password} failed"}`,
        `{"level":"error","msg":"x","headers":{"authorization":"Bearer ${token}"}}`,
        'error: cannot reach postgres://app:swordfish9@db:5432',
      ],
      { explanation: `DATABASE_PASSWORD=${password} DATABASE_URL=postgres://app:swordfish9@db` },
    );

    expect(whole).not.toMatch(new RegExp(`${password}|swordfish9|${token}`));
    expect(whole.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(5);
    expect(whole).toContain('cannot reach postgres://app:');
  });

  it('says what could not be read, and why, instead of leaving it out', async () => {
    const { textOf, files } = await collect([], { failing: 'read ledger' });

    expect(textOf('README.txt')).toContain(
      'releases.json: unknown, because it could not be read: A permission is missing.',
    );
    expect(files.map(({ name }) => name)).not.toContain('releases.json');
    expect(textOf('errors.log')).toBe('No errors were logged.\n');
  });
});
