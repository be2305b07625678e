import { describe, expect, it } from 'vitest';
import { ContractError } from '../../infra/contract/check.ts';
import { StackFileError } from '../../infra/graph/stack-file-error.ts';
import { ReleaseSourceError } from '../../infra/release/release-source-error.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { userErrorOf } from './known-error.ts';
import { UserError } from './user-error.ts';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('It did not throw');
}

describe('userErrorOf', () => {
  it('keeps a user error as it is', () => {
    const error = new UserError({ code: 'X', message: 'x' });
    expect(userErrorOf(error)).toBe(error);
  });

  it('lists all problems of the settings', () => {
    const error = userErrorOf(
      thrownBy(() => parseSettings({ 'aws:region': 'eu-central-1', apiMemory: '512', logLevel: 'loud' }, 'staging')),
    );
    expect(error).toMatchObject({
      code: 'SETTINGS_INVALID',
      message: '2 settings of staging are invalid:',
      remedy: 'docs/settings.md lists every setting with its rule.',
    });
    expect(error?.details).toMatch(/^ {2}apiMemory is "512"\n/);
    expect(error?.details).toContain('  logLevel is "loud"\n');
  });

  it('lists all rules of the contract that are broken', () => {
    const check = {
      id: 'C4',
      rule: '2 s <= stop timeout',
      source: 'ECS',
      holds: false,
      found: '1 s',
      remedy: 'Raise it.',
    };
    expect(userErrorOf(new ContractError('staging', [check]))).toMatchObject({
      code: 'CONTRACT_BROKEN',
      message: 'The settings of staging break 1 rule of the contract:',
      details: '  C4: 2 s <= stop timeout\n    found: 1 s\n    why: ECS\n    Raise it.',
    });
  });

  it('knows a release that cannot be read', () => {
    expect(userErrorOf(new ReleaseSourceError('app/package.json has no version.'))).toMatchObject({
      code: 'RELEASE_SOURCE_INVALID',
      message: 'app/package.json has no version.',
    });
  });

  it('leaves bugs alone', () => {
    expect(userErrorOf(new TypeError('x is undefined'))).toBeUndefined();
    expect(userErrorOf('thrown')).toBeUndefined();
  });

  it('tells how to read a stack file that only the engine can read', () => {
    const error = new StackFileError('Pulumi.prod.yaml takes configuration from ESC environments:\nnot logged in', {
      remedy: 'Log in.',
    });

    expect(userErrorOf(error)).toMatchObject({
      code: 'STACK_FILE_INVALID',
      remedy: 'Log in.',
      details: 'not logged in',
    });
    expect(userErrorOf(new StackFileError('x'))?.remedy).toBe('Fix the file. Nothing was changed.');
  });
});
