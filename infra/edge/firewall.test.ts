import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const acl = 'aws:wafv2/webAcl:WebAcl';
const rulesOf = async (config: Record<string, string> = {}) => {
  const { rules } = find(await graphOf('staging', config), acl, 'edge').inputs;
  return Array.isArray(rules) ? rules : [];
};

describe('the firewall', () => {
  it('stands in front of the load balancer', async () => {
    const { inputs } = find(await graphOf(), 'aws:wafv2/webAclAssociation:WebAclAssociation', 'edge');

    expect(inputs).toEqual({
      resourceArn: '@{aws:lb/loadBalancer:LoadBalancer::edge::arn}',
      webAclArn: '@{aws:wafv2/webAcl:WebAcl::edge::arn}',
    });
  });

  it('limits the requests of an address, and takes the rules of AWS', async () => {
    const [rate, ...groups] = await rulesOf({ requestsPerIpPer5Minutes: '300' });

    expect(rate).toMatchObject({
      action: { block: {} },
      statement: { rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: 300, limit: 300 } },
    });
    expect(groups.map(({ priority, name, overrideAction }) => [priority, name, overrideAction])).toEqual([
      [1, 'AWSManagedRulesCommonRuleSet', { none: {} }],
      [2, 'AWSManagedRulesKnownBadInputsRuleSet', { none: {} }],
    ]);
  });

  it.each(['staging', 'prod'])('of %s has metrics of its own', async (environment) => {
    const { inputs } = find(await graphOf(environment), acl, 'edge');

    expect(inputs['visibilityConfig']).toMatchObject({ metricName: `nest-fargate-${environment}` });
  });

  it('leaves the size of bodies to the app', async () => {
    const [, common] = await rulesOf();

    expect(common.statement.managedRuleGroupStatement.ruleActionOverrides).toEqual([
      { name: 'SizeRestrictions_BODY', actionToUse: { count: {} } },
    ]);
  });

  it('with firewall count stops nothing', async () => {
    const [rate, ...groups] = await rulesOf({ firewall: 'count' });

    expect(rate.action).toEqual({ count: {} });
    expect(groups.map(({ overrideAction }) => overrideAction)).toEqual([{ count: {} }, { count: {} }]);
  });

  it('with firewall off is not there', async () => {
    const graph = await graphOf('staging', { firewall: 'off' });

    expect(ofType(graph, acl)).toEqual([]);
    expect(ofType(graph, 'aws:wafv2/webAclAssociation:WebAclAssociation')).toEqual([]);
  });
});

describe('the log of the firewall', () => {
  const logging = 'aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration';
  const logGroup = 'aws:cloudwatch/logGroup:LogGroup';

  it('has what a rule blocked or counted, and nothing that proves who sent it', async () => {
    const { inputs } = find(await graphOf('prod'), logging, 'edge');

    expect(inputs).toMatchObject({
      resourceArn: '@{aws:wafv2/webAcl:WebAcl::edge::arn}',
      logDestinationConfigs: ['@{aws:cloudwatch/logGroup:LogGroup::edge-firewall::arn}'],
      loggingFilter: {
        defaultBehavior: 'DROP',
        filters: [
          {
            behavior: 'KEEP',
            requirement: 'MEETS_ANY',
            conditions: ['BLOCK', 'COUNT', 'EXCLUDED_AS_COUNT'].map((action) => ({ actionCondition: { action } })),
          },
        ],
      },
      redactedFields: [{ singleHeader: { name: 'authorization' } }, { singleHeader: { name: 'cookie' } }],
    });
  });

  it('has a name that AWS WAF writes to, a retention, and the key of the environment', async () => {
    const { inputs } = find(await graphOf('prod', { encryption: 'customer-managed' }), logGroup, 'edge-firewall');

    expect(inputs).toMatchObject({
      name: 'aws-waf-logs-nest-fargate-prod',
      retentionInDays: 90,
      kmsKeyId: '@{aws:kms/key:Key::encryption::arn}',
    });
  });

  it('is not there without a firewall', async () => {
    const graph = await graphOf('staging', { firewall: 'off' });

    expect(ofType(graph, logging)).toEqual([]);
    expect(ofType(graph, logGroup).map(({ name }) => name)).not.toContain('edge-firewall');
  });
});
