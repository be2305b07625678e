import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { assertPrerequisites, checkPrerequisites } from './prerequisites.ts';
import type { Prerequisite } from './target.ts';
import { memoryFlow } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';

const met: Prerequisite = { name: 'Node.js', check: async () => ({ value: '24.21.0' }) };
const unknown: Prerequisite = { name: 'connections', check: async () => ({ unknown: 'no metric yet' }) };
const unmet: Prerequisite = {
  name: 'Docker',
  check: async () => {
    throw new UserError({ code: 'NO_DOCKER', message: 'it is not installed', remedy: 'apt-get install docker.io' });
  },
};
const skipped: Prerequisite = {
  name: 'AWS credentials',
  skip: 'target local needs none',
  check: () => Promise.reject(new Error('it was checked')),
};

describe('checkPrerequisites', () => {
  it('checks all of them, names reasons and remedies, and leaves out what is skipped', async () => {
    expect(await checkPrerequisites([unmet, met, unknown, skipped])).toEqual([
      { name: 'Docker', outcome: 'unmet', reason: 'it is not installed', remedy: 'apt-get install docker.io' },
      { name: 'Node.js', outcome: 'met', value: '24.21.0' },
      { name: 'connections', outcome: 'unknown', reason: 'no metric yet' },
      { name: 'AWS credentials', outcome: 'skipped', reason: 'target local needs none' },
    ]);
  });

  it('reports a cause once, and what it stands in the way of as unknown', async () => {
    const port = { ...unmet, name: 'port' };
    const other: Prerequisite = {
      name: 'disk space',
      check: () => Promise.reject(new UserError({ code: 'DISK_FULL', message: '1.0 GB is free' })),
    };
    expect(await checkPrerequisites([unmet, port, other])).toEqual([
      { name: 'Docker', outcome: 'unmet', reason: 'it is not installed', remedy: 'apt-get install docker.io' },
      { name: 'port', outcome: 'unknown', reason: 'not checked, because Docker failed' },
      { name: 'disk space', outcome: 'unmet', reason: '1.0 GB is free' },
    ]);
  });

  it('does not take a bug for an unmet prerequisite', async () => {
    const broken = { name: 'x', check: () => Promise.reject(new TypeError('x is undefined')) };
    await expect(checkPrerequisites([met, broken])).rejects.toThrow('x is undefined');
  });
});

describe('assertPrerequisites', () => {
  it('is content when all are met, or nothing can be said', async () => {
    const { target } = memoryFlow();
    target.unmet.push(unknown);
    await assertPrerequisites(target, 'staging', 'up');
  });

  it('says what one misses', async () => {
    const { target } = memoryFlow();
    target.unmet.push(unmet);
    expect(await rejection(assertPrerequisites(target, 'staging', 'up'))).toMatchObject({
      code: 'PREREQUISITES_UNMET',
      message: 'A prerequisite is not met.',
      details: '✗ Docker: it is not installed\n  → apt-get install docker.io',
    });
  });
});
