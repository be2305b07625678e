import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDataProtected } from '../aws/protected-data.ts';
import { listEnvironments } from './environments.ts';
import { readPromotionChain } from './promotion-chain.ts';
import { readEnvironment } from './settings.ts';

/*
 * The stack files of whoever uses this project. They may say anything that the rules allow: a failure here is about a stack
 * file, and its message says which key to change. Tests of the project itself belong elsewhere.
 */
const projectDirectory = resolve(import.meta.dirname, '../..');
const environments = await listEnvironments(projectDirectory);

describe('the stack files of this project', () => {
  it('form a chain of promotion', async () => {
    const chain = await readPromotionChain(projectDirectory);
    expect(chain.environments.toSorted()).toEqual(environments.toSorted());
  });

  it.each(environments)(
    'Pulumi.%s.yaml keeps every rule of the settings, the manifest and the contract',
    (environment) => {
      expect(() => readEnvironment(projectDirectory, environment)).not.toThrow();
    },
  );

  it.each(environments)('Pulumi.%s.yaml protects its data where a chain of promotion ends', async (environment) => {
    const { settings } = readEnvironment(projectDirectory, environment);
    const chain = await readPromotionChain(projectDirectory);
    expect(() => checkDataProtected(environment, settings, chain)).not.toThrow();
  });
});
