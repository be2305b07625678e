import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deriveContract } from '../contract.ts';
import { settingKeys } from '../setting-keys.ts';
import { settingFacts } from '../setting-schema.ts';
import { parseSettings } from '../settings.ts';
import { readConfig, readProjectFile, readStackFile } from './stack-files.ts';

const projectDirectory = dirname(dirname(import.meta.dirname));
const declared = readProjectFile(projectDirectory).config;

/** As the program gets it: the project's own keys without their namespace. */
function plainConfig(environment: string): Record<string, string> {
  const entries = Object.entries(readConfig(projectDirectory, environment));
  return Object.fromEntries(entries.map(([key, value]) => [key.replace(/^nest-fargate:/, ''), value]));
}

describe('Pulumi.yaml', () => {
  it('declares the settings that exist, in their order', () => {
    expect(Object.keys(declared)).toEqual(Object.keys(settingKeys.shape));
  });

  it.each(Object.entries(settingKeys.shape))('declares %s as it is', (key, schema) => {
    const facts = settingFacts.get(schema);

    expect(declared[key]).toEqual({
      type: facts?.type,
      description: facts?.description,
      default: String(facts?.default ?? ''),
    });
  });
});

describe.each(['staging', 'prod'])('Pulumi.%s.yaml', (environment) => {
  it('can be used, and keeps the contract', () => {
    const settings = parseSettings(plainConfig(environment), environment);

    expect(() => deriveContract(settings)).not.toThrow();
  });

  it('lets a request of 15 s finish when its task is stopped', () => {
    const contract = deriveContract(parseSettings(plainConfig(environment), environment));

    expect(contract.requestTimeoutSeconds).toBeGreaterThan(15);
    expect(contract.shutdownTimeoutSeconds).toBeGreaterThan(contract.drainDelaySeconds + 15);
    expect(contract.stopTimeoutSeconds).toBeGreaterThan(contract.shutdownTimeoutSeconds);
  });

  it('has nothing that the other environment has not', () => {
    const other = environment === 'staging' ? 'prod' : 'staging';
    // Prod's database outgrows the default of its storage; staging's does not.
    const onlyProd = ['nest-fargate:databaseStorageGiB', 'nest-fargate:databaseMaxStorageGiB'];
    const missing = Object.keys(readStackFile(projectDirectory, environment)).filter(
      (key) => !(key in readStackFile(projectDirectory, other)),
    );

    expect(missing).toEqual(environment === 'prod' ? onlyProd : []);
  });
});

describe('prod', () => {
  const prod = parseSettings(plainConfig('prod'), 'prod');

  it('refuses to be deleted and keeps its data', () => {
    expect(prod.deletionProtection).toBe(true);
    expect(prod.database.finalSnapshot).toBe(true);
    expect(prod.database.multiAz).toBe(true);
  });

  it('runs what was promoted', () => {
    expect(prod.release.source).toBe('promoted');
  });
});
