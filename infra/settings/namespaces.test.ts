import { describe, expect, it } from 'vitest';
import { parseSettings } from './parse.ts';
import { SettingsError } from './problems.ts';

const project = 'nest-fargate';
const valid = { 'aws:region': 'eu-central-1' };

function complaint(config: Record<string, string>, options = {}): readonly string[] {
  try {
    parseSettings({ ...valid, ...config }, 'prod', { project, ...options });
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n');
    throw error;
  }
  throw new Error('The settings were accepted.');
}

describe('a setting under another namespace', () => {
  it('is an error that names the key, the namespace found and the one expected', () => {
    expect(complaint({ 'nest-fargte:apiMemoryMiB': '1024' })).toEqual([
      '1 setting of prod is invalid:',
      '  nest-fargte:apiMemoryMiB is "1024", under the namespace nest-fargte',
      '    It must be under the namespace nest-fargate, the name of the project in Pulumi.yaml.',
      '    Rename it in Pulumi.prod.yaml: nest-fargate:apiMemoryMiB',
    ]);
  });

  it('is one error for all of them when the project was renamed', () => {
    const config = { 'nest-fargate:apiMemoryMiB': '1024', 'nest-fargate:deletionProtection': 'true' };

    expect(complaint({ 'todo-api:apiMemoryMiB': '512', ...config }, { project: 'todo-api' })).toEqual([
      '2 settings of prod are invalid:',
      '  nest-fargate:apiMemoryMiB, nest-fargate:deletionProtection are under the namespace nest-fargate',
      '    It must be under the namespace todo-api, the name of the project in Pulumi.yaml.',
      '    Rename all 2 in Pulumi.prod.yaml, such as todo-api:apiMemoryMiB; or, if the project was renamed, restore name: nest-fargate in Pulumi.yaml',
    ]);
  });

  it.each(['Nest-Fargate:deletionProtection', 'aws:deletionProtection', 'some-app:vpcCidr'])('%s', (key) => {
    expect(complaint({ [key]: 'true' })[1]).toMatch(`  ${key} is "true", under the namespace `);
  });

  it('is an error with a mistyped key as well', () => {
    expect(complaint({ 'nest-fargat:apiMemory': '1024' })[1]).toMatch('nest-fargat:apiMemory is "1024"');
  });

  it('does not show a secret', () => {
    const key = 'nest-fargte:alarmEmail';

    expect(complaint({ [key]: 'hunter2' }, { secretKeys: new Set([key]) }).join('\n')).not.toContain('hunter2');
  });
});

describe('what belongs to others', () => {
  it.each([
    ['aws:profile', 'team'],
    ['aws:assumeRole', '{"roleArn":"arn:aws:iam::123456789012:role/deploy"}'],
    ['aws:assumeRoles', '[{"roleArn":"arn:aws:iam::123456789012:role/deploy"}]'],
    ['aws:defaultTags', '{"tags":{"team":"api"}}'],
    ['pulumi:tags', '{"team":"api"}'],
    ['docker:host', 'ssh://builder'],
    ['datadog:apiKey', 'x'],
  ])('%s is accepted', (key, value) => {
    expect(() => parseSettings({ ...valid, [key]: value }, 'prod', { project })).not.toThrow();
  });
});

describe('the project’s own namespace', () => {
  it('is taken off', () => {
    expect(parseSettings({ ...valid, 'nest-fargate:apiMemoryMiB': '1024' }, 'prod', { project }).api.memoryMiB).toBe(
      1024,
    );
  });

  it('is taken off secret keys', () => {
    const lines = complaint(
      { 'nest-fargate:alarmEmail': 'hunter2' },
      { secretKeys: new Set(['nest-fargate:alarmEmail']) },
    );

    expect(lines[1]).toBe('  alarmEmail is <secret>');
  });
});
