import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsByKey } from '../../infra/settings/keys/all.ts';
import { renderProjectFile } from './project-file.ts';

const head = `# Ours.
name: todo-api
runtime:
  name: nodejs # any version
main: infra/index.ts
# What a stack file can set.
`;

describe('renderProjectFile', () => {
  it('declares every setting', () => {
    const { config } = parse(renderProjectFile(`${head}config:\n`));

    expect(Object.keys(config)).toEqual([...settingsByKey.keys()]);
    expect(config.apiMemoryMiB).toEqual({
      type: 'integer',
      description: settingsByKey.get('apiMemoryMiB')?.facts.description,
      default: 512,
    });
    expect(config.alarmEmail.default).toBe('');
  });

  it('keeps the rest of the file, also without a config section', () => {
    const tail = '# The end.\nbackend:\n  url: s3://state\n';
    const declared = 'config:\n  vpcCidr:\n    type: string\n    default: 10.1.0.0/16\n  gone: { default: 1 }\n';

    expect(renderProjectFile(head + declared + tail)).toMatch(
      new RegExp(`^${head}config:\n  vpcCidr:\n.*\n${tail}$`, 's'),
    );
    expect(renderProjectFile(head)).toMatch(new RegExp(`^${head}config:\n  vpcCidr:\n`));
  });

  it('keeps values of other namespaces, and drops settings that are gone', () => {
    const { config } = parse(
      renderProjectFile(`${head}config:\n  aws:region: { value: eu-west-1 }\n  gone: { default: 1 }\n`),
    );

    expect(config['aws:region']).toEqual({ value: 'eu-west-1' });
    expect(config).not.toHaveProperty('gone');
  });

  it('changes nothing the second time', () => {
    const once = renderProjectFile(head);

    expect(renderProjectFile(once)).toBe(once);
  });
});
