import { describe, expect, it } from 'vitest';
import { environmentNameProblems } from './environment-name.ts';
import { parseSettings } from './parse.ts';

describe('environmentNameProblems', () => {
  it.each(['staging', 'prod', 'qa-2', 'eu-west-1-blue', 'a', 'a'.repeat(20)])('accepts %s', (name) => {
    expect(environmentNameProblems(name)).toEqual([]);
  });

  it.each([
    ['Staging', ['lowercase letters, digits and hyphens, starting with a letter']],
    ['staging_1', ['lowercase letters, digits and hyphens, starting with a letter']],
    ['1st', ['lowercase letters, digits and hyphens, starting with a letter']],
    ['', ['lowercase letters, digits and hyphens, starting with a letter']],
    ['a'.repeat(21), ['at most 20 characters long']],
    ['qa-', ['a name that does not end with a hyphen']],
    ['qa--2', ['a name without consecutive hyphens']],
    ['qa--', ['a name that does not end with a hyphen', 'a name without consecutive hyphens']],
  ])('refuses %j', (name, rules) => {
    expect(environmentNameProblems(name).map(({ rule }) => rule.split(':')[0])).toEqual(
      rules.map((rule) => expect.stringMatching(`^${rule}`)),
    );
  });

  it('says why, and what to rename', () => {
    expect(() => parseSettings({ 'aws:region': 'eu-central-1' }, 'qa-')).toThrow(
      [
        '1 setting of qa- is invalid:',
        '  the stack name is "qa-"',
        '    It must be a name that does not end with a hyphen: RDS, ECR and Elastic Load Balancing reject such names.',
        '    Rename Pulumi.qa-.yaml and, if it exists, the stack: pulumi stack rename <name> --stack qa-',
      ].join('\n'),
    );
  });
});
