import { expect, it } from 'vitest';
import { readLogs } from './read-logs.ts';
import type { LogLine, Target } from './target.ts';
import { memoryFlow } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';

const { signal } = new AbortController();
const ignore = () => undefined;

it('readLogs shows each line as it comes, and gives them all', async () => {
  const { target, ...flow } = memoryFlow();
  await up({ target, ...flow }, 'staging');
  const shown: LogLine[] = [];
  const lines = await readLogs(target, 'staging', { follow: false }, signal, (line) => void shown.push(line));
  expect(lines.map(({ service, text }) => `${service}: ${text}`)).toEqual([
    'api: 1.0.0 is ready',
    'api: 1.0.0 is ready',
  ]);
  expect(shown).toEqual(lines);
});

it('readLogs leaves lines out, and counts the latest of those that are left', async () => {
  const { target, ...flow } = memoryFlow();
  await up({ target, ...flow }, 'staging');
  const line = (service: string, text: string): LogLine => ({ service, task: service, text });
  let asked: unknown;
  const platform: Target = target;
  platform.logs = async function* (_environment, query) {
    asked = query;
    yield* [line('api', 'a1'), line('api', 'a2'), line('worker', 'a3'), line('api', 'b'), line('api', 'a4')];
  };
  const reading = { follow: false, tail: 2, keep: ({ text }: LogLine) => text.startsWith('a') };
  const shown: string[] = [];
  await readLogs(target, 'staging', reading, signal, ({ text }) => void shown.push(text));
  expect(shown).toEqual(['a2', 'a3', 'a4']);
  expect(asked).toEqual({ follow: false });
});

it.each([true, false])('readLogs says that nothing runs, instead of showing nothing (follow: %s)', async (follow) => {
  const { target } = memoryFlow();
  target.logs = () => expect.unreachable('nobody writes, so a follower would wait for ever');
  expect(await rejection(readLogs(target, 'staging', { follow }, signal, ignore))).toMatchObject({
    code: 'NOTHING_RUNS',
    message: 'Nothing runs on staging, so there is nothing to read.',
  });
});

it('readLogs names the services where there is none of the name asked for', async () => {
  const { target, ...flow } = memoryFlow();
  await up({ target, ...flow }, 'staging');
  target.logs = async function* () {
    // A service of that name has no lines.
  };
  expect(
    await rejection(readLogs(target, 'staging', { follow: false, service: 'apii' }, signal, ignore)),
  ).toMatchObject({
    code: 'SERVICE_UNKNOWN',
    message: 'staging has no service apii.',
    remedy: 'Its services are: api.',
  });
  expect(await readLogs(target, 'staging', { follow: false, service: 'api' }, signal, ignore)).toEqual([]);
});
