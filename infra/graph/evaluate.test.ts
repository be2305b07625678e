import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences } from '../testing/find.ts';
import { evaluate } from './evaluate.ts';

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
});
