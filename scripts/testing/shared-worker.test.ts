import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

const root = `${import.meta.dirname}/../..`;

/** What outlives the file that does it, in a worker that runs the next file: by what it is, and what to do instead. */
const lasting = [
  [/\bvi\.(mock|doMock|resetModules)\(/, 'hand over what the code under test is to use'],
  [/\bprocess\.env(\.\w+|\[[^\]]+\]) *=[^=]/, 'use vi.stubEnv, and vi.unstubAllEnvs afterwards'],
  [/\bdelete process\.env\b/, 'use vi.stubEnv with undefined, and vi.unstubAllEnvs afterwards'],
  [/\bprocess\.chdir\(/, 'name the directory where it is used'],
] as const;

const unitTests = projectFiles().filter(
  (file) => file.endsWith('.test.ts') && !/\.(e2e|docker|load)\.test\.ts$/.test(file),
);

it('unit tests leave nothing behind for the next file of their worker', () => {
  const found = unitTests.flatMap((file) => {
    const lines = readFileSync(`${root}/${file}`, 'utf8').split('\n');
    return lines.flatMap((line, index) =>
      lasting.filter(([pattern]) => pattern.test(line)).map(([, instead]) => `${file}:${index + 1}: ${instead}`),
    );
  });
  expect(found).toEqual([]);
});

it('each unit test file that replaces something of the process puts it back', () => {
  const pairs = [
    [/\bvi\.stubEnv\(/, /\bvi\.unstubAllEnvs\(/],
    [/\bvi\.stubGlobal\(/, /\bvi\.unstubAllGlobals\(/],
    [/\bvi\.useFakeTimers\(/, /\bvi\.useRealTimers\(/],
    [/\bvi\.spyOn\(process\b/, /\b(vi\.restoreAllMocks|mockRestore)\(/],
  ] as const;
  const left = unitTests.filter((file) => {
    const text = readFileSync(`${root}/${file}`, 'utf8');
    return pairs.some(([replaces, restores]) => replaces.test(text) && !restores.test(text));
  });
  expect(left).toEqual([]);
});
