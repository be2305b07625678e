import { describe, expect, it } from 'vitest';
import { type Finding, judge, merge } from './findings.ts';

const finding = (rule: string, resource: string, variant = 'staging'): Finding => ({
  rule,
  resource,
  message: 'it is open',
  variants: [variant],
});

describe('judge', () => {
  const found = [finding('checkov CKV_1', 'aws_lb.edge'), finding('checkov CKV_1', 'aws_lb.other')];

  it('leaves open what no acceptance names', () => {
    const acceptances = [{ rule: 'checkov CKV_1', resources: ['aws_lb.edge'], reason: 'on purpose' }];

    expect(judge(found, acceptances, ['checkov'])).toEqual({ open: [found[1]], accepted: [found[0]], stale: [] });
  });

  it.each([
    ['a pattern', ['aws_lb.*']],
    ['no resources at all', undefined],
  ])('accepts all of a rule by %s', (_, resources) => {
    const acceptance = { rule: 'checkov CKV_1', reason: 'on purpose', ...(resources && { resources }) };

    expect(judge(found, [acceptance], ['checkov']).open).toEqual([]);
  });

  it('does not take a dot for any character', () => {
    const acceptances = [{ rule: 'checkov CKV_1', resources: ['aws.lb.*'], reason: 'on purpose' }];

    expect(judge(found, acceptances, ['checkov']).open).toEqual(found);
  });

  it('calls each pattern stale that accepts nothing, unless its rule set did not run', () => {
    const acceptances = [
      { rule: 'checkov CKV_1', resources: ['aws_lb.edge', 'aws_lb.gone'], reason: 'on purpose' },
      { rule: 'terraform validate', reason: 'on purpose' },
    ];

    expect(judge(found, acceptances, ['checkov']).stale).toEqual(['checkov CKV_1 of aws_lb.gone']);
    expect(judge(found, acceptances, ['checkov', 'terraform']).stale).toContain('terraform validate of *');
  });
});

describe('merge', () => {
  it('joins the variants in which the same was found', () => {
    const merged = merge([finding('b 1', 'x'), finding('a 1', 'x'), finding('b 1', 'x', 'prod')]);

    expect(merged.map(({ rule, variants }) => [rule, variants])).toEqual([
      ['a 1', ['staging']],
      ['b 1', ['staging', 'prod']],
    ]);
  });
});
