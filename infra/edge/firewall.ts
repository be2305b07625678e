import type { LoadBalancer } from '@pulumi/aws/lb/loadBalancer.js';
import { WebAcl } from '@pulumi/aws/wafv2/webAcl.js';
import { WebAclAssociation } from '@pulumi/aws/wafv2/webAclAssociation.js';
import { WebAclLoggingConfiguration } from '@pulumi/aws/wafv2/webAclLoggingConfiguration.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import type { Naming } from '../foundation/naming.ts';
import type { Firewall, Settings } from '../settings/settings.ts';

interface ManagedRules {
  readonly name: string;
  /** Rules of the group that count instead of block. */
  readonly counted: readonly string[];
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html */
const managed: readonly ManagedRules[] = [
  // The rule blocks bodies above 8 KB. How large a body may be is for the app to say.
  { name: 'AWSManagedRulesCommonRuleSet', counted: ['SizeRestrictions_BODY'] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', counted: [] },
];

interface FirewallArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly firewall: Firewall;
  readonly loadBalancer: LoadBalancer;
}

/** AWS WAF on a load balancer: a rate limit per IP address, and managed rule groups; with a log of what they match. */
export function createFirewall(name: string, args: FirewallArgs, parent: pulumi.Resource): void {
  const { naming, firewall, loadBalancer } = args;
  const acl = new WebAcl(
    name,
    {
      name: naming.prefix,
      description: 'Requests to the load balancer',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: [rateRule(firewall), ...managed.map((group, index) => managedRule(group, index + 1, firewall))],
      // The dimension of its metrics: two environments of an account must not share it.
      visibilityConfig: visibility(naming.prefix),
      tags: naming.tags,
    },
    { parent },
  );
  new WebAclAssociation(name, { resourceArn: loadBalancer.arn, webAclArn: acl.arn }, { parent });
  logMatches(name, args, acl, parent);
}

/** AWS WAF writes only to log groups whose names begin like this. */
const logPrefix = 'aws-waf-logs-';

/**
 * Logs which rule blocked or counted a request, without what proves who sent it. Requests that no rule matches are in the
 * access logs of the load balancer.
 * https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
 */
function logMatches(name: string, args: FirewallArgs, acl: WebAcl, parent: pulumi.Resource): void {
  const logGroup = createLogGroup(
    `${name}-firewall`,
    { ...args, logGroupName: `${logPrefix}${args.naming.prefix}` },
    parent,
  );
  new WebAclLoggingConfiguration(
    name,
    {
      resourceArn: acl.arn,
      logDestinationConfigs: [logGroup.arn],
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
      redactedFields: ['authorization', 'cookie'].map((header) => ({ singleHeader: { name: header } })),
    },
    { parent },
  );
}

function rateRule({ mode, requestsPerIpPer5Minutes }: Firewall) {
  return {
    name: 'rate-per-ip',
    priority: 0,
    action: mode === 'block' ? { block: {} } : { count: {} },
    statement: {
      rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: 300, limit: requestsPerIpPer5Minutes },
    },
    visibilityConfig: visibility('rate-per-ip'),
  };
}

function managedRule({ name, counted }: ManagedRules, priority: number, { mode }: Firewall) {
  return {
    name,
    priority,
    // Rules of a group have actions of their own. Count overrides all of them.
    overrideAction: mode === 'block' ? { none: {} } : { count: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ...(counted.length === 0
          ? {}
          : { ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })) }),
      },
    },
    visibilityConfig: visibility(name),
  };
}

function visibility(metricName: string) {
  return { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName };
}
