import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences } from '../testing/find.ts';
import { evaluate } from './evaluate.ts';
import { record } from './record.ts';

const projectDirectory = dirname(dirname(import.meta.dirname));

describe('evaluate', () => {
  it('gives equal graphs for equal configuration', async () => {
    const first = await evaluate('staging', { projectDirectory });
    const second = await evaluate('staging', { projectDirectory });

    expect(differences(first, second)).toEqual([]);
    expect(second).toEqual(first);
  });

  it('shows where a setting lands', async () => {
    const before = await evaluate('staging', { projectDirectory });
    const after = await evaluate('staging', { projectDirectory, config: { stopTimeoutSeconds: '40' } });

    expect(differences(before, after)).toEqual([
      'aws:ecs/taskDefinition:TaskDefinition migrate',
      'aws:ecs/taskDefinition:TaskDefinition api',
    ]);
  });

  it('rejects with what is wrong with the configuration, and can be asked again', async () => {
    await expect(evaluate('staging', { projectDirectory, config: { apiMemoryMiB: '3' } })).rejects.toThrow(
      '  apiMemoryMiB is "3"',
    );
    await expect(evaluate('staging', { projectDirectory })).resolves.toMatchObject({ environment: 'staging' });
  });

  it('rejects with the rules of the contract that are broken', async () => {
    await expect(evaluate('staging', { projectDirectory, config: { apiMemoryMiB: '700' } })).rejects.toThrow(
      '  C19: Fargate supports the combination of CPU units and memory',
    );
  });

  it('says which environment has no stack file', async () => {
    await expect(evaluate('moon', { projectDirectory })).rejects.toThrow('Pulumi.moon.yaml');
  });
});

describe('a program that fails', () => {
  it('says where, although programs are recorded without stack traces', async () => {
    const { stackTraceLimit } = Error;
    const run = record({ project: 'test', environment: 'staging', config: {} }, async () => {
      throw new Error('a defect');
    });

    await expect(run).rejects.toMatchObject({
      message: 'a defect',
      stack: expect.stringContaining('evaluate.test.ts'),
    });
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
