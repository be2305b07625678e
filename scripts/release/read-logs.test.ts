import { expect, it } from 'vitest';
import { readLogs } from './read-logs.ts';
import type { LogLine } from './target.ts';
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
