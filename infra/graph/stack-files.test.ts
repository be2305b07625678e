import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deriveContract } from '../contract/contract.ts';
import { settingKeys } from '../settings/keys/all.ts';
import { settingFacts } from '../settings/keys/schema.ts';
import { parseSettings } from '../settings/settings.ts';
import { readConfig, readProjectFile, readStackFile, StackFileError } from './stack-files.ts';

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

describe('a stack file as people write it', () => {
  const read = (text: string) => {
    const directory = mkdtempSync(join(tmpdir(), 'stack-file-'));
    writeFileSync(join(directory, 'Pulumi.test.yaml'), text);
    return () => readStackFile(directory, 'test');
  };

  it.each([
    ['empty, as a new stack has it', '', {}],
    ['with the salt of its secrets only', 'encryptionsalt: v1:abc\n', {}],
    [
      'with a structured value',
      'config:\n  aws:defaultTags:\n    tags: { team: api }\n',
      { 'aws:defaultTags': '{"tags":{"team":"api"}}' },
    ],
    ['with an encrypted value', 'config:\n  a:b:\n    secure: v1:xyz\n', { 'a:b': '<encrypted>' }],
  ])('%s is read', (_name, text, config) => {
    expect(read(text)()).toEqual(config);
  });

  it.each([
    [
      'the same key twice',
      'config:\n  a:b: 1\n  a:b: 2\n',
      /^Pulumi\.test\.yaml is not valid YAML: Map keys must be unique at line 3/,
    ],
    ['a list instead of a map', 'config:\n  - 1\n', /^Pulumi\.test\.yaml is not a file of a Pulumi stack:\n/],
  ])('%s is refused', (_name, text, message) => {
    expect(read(text)).toThrow(StackFileError);
    expect(read(text)).toThrow(message);
  });
});
