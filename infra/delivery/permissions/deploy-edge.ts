import { physicalName } from '../../foundation/naming.ts';
import { actions, anyId, arn, ownOrNew, ownRequest, ownTags, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/** Permissions of an update for load balancer, firewall, certificate, DNS records and access logs. */
export function edgePermissions(scope: Scope): readonly Statement[] {
  if (scope.existingListener !== undefined) {
    return [...ruleChanges(scope.existingListener, scope), ...targetGroupChanges(scope), ...recordChanges(scope)];
  }
  return [
    ...loadBalancerChanges(scope),
    ...targetGroupChanges(scope),
    ...firewallChanges(scope),
    ...(scope.hasCertificate ? [] : certificateChanges(scope)),
    ...recordChanges(scope),
    ...accessLogChanges(scope),
  ];
}

function loadBalancerChanges(scope: Scope): readonly Statement[] {
  const of = (resource: string) => arn(scope, 'elasticloadbalancing', resource);
  return [
    {
      Sid: 'LoadBalancer',
      Effect: 'Allow',
      Action: actions({
        elasticloadbalancing:
          'AddTags CreateListener CreateLoadBalancer CreateRule DeleteListener DeleteLoadBalancer DeleteRule ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule RemoveTags SetRulePriorities SetSecurityGroups SetSubnets',
      }),
      Resource: ['loadbalancer', 'listener', 'listener-rule'].map((kind) => of(`${kind}/app/${nameOf(scope)}/*`)),
    },
  ];
}

/** Of a listener that has rules of others: only the environment's own. */
function ruleChanges({ arn: listenerArn }: NonNullable<Scope['existingListener']>, scope: Scope): readonly Statement[] {
  const rules = `${listenerArn.replace(':listener/', ':listener-rule/')}/*`;
  return [
    {
      Sid: 'CreateRules',
      Effect: 'Allow',
      Action: actions({ elasticloadbalancing: 'CreateRule' }),
      Resource: listenerArn,
      Condition: ownRequest(scope),
    },
    {
      Sid: 'TagNewRules',
      Effect: 'Allow',
      Action: actions({ elasticloadbalancing: 'AddTags' }),
      Resource: rules,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeOwnRules',
      Effect: 'Allow',
      Action: actions({ elasticloadbalancing: 'AddTags DeleteRule ModifyRule RemoveTags SetRulePriorities' }),
      Resource: rules,
      Condition: ownTags(scope),
    },
  ];
}

function targetGroupChanges(scope: Scope): readonly Statement[] {
  // Pulumi generates the names of target groups, so that a replacement can exist beside the one in use.
  const targetGroups = arn(scope, 'elasticloadbalancing', 'targetgroup/edge-*/*');
  return [
    {
      Sid: 'CreateTargetGroup',
      Effect: 'Allow',
      Action: actions({ elasticloadbalancing: 'AddTags CreateTargetGroup' }),
      Resource: targetGroups,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeTargetGroup',
      Effect: 'Allow',
      Action: actions({
        elasticloadbalancing: 'AddTags DeleteTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags',
      }),
      Resource: targetGroups,
      Condition: ownTags(scope),
    },
  ];
}

function nameOf({ naming }: Scope): string {
  return physicalName(naming, '', 'loadBalancer');
}

function firewallChanges(scope: Scope): readonly Statement[] {
  return [
    {
      Sid: 'Firewall',
      Effect: 'Allow',
      Action: actions({
        wafv2:
          'AssociateWebACL CreateWebACL DeleteLoggingConfiguration DeleteWebACL DisassociateWebACL PutLoggingConfiguration TagResource UntagResource UpdateWebACL',
        elasticloadbalancing: 'CreateWebACLAssociation DeleteWebACLAssociation',
      }),
      Resource: [
        arn(scope, 'wafv2', `regional/webacl/${scope.naming.prefix}/*`),
        arn(scope, 'wafv2', 'regional/managedruleset/*/*'),
        arn(scope, 'elasticloadbalancing', `loadbalancer/app/${nameOf(scope)}/*`),
      ],
    },
    {
      // AWS WAF needs them of whoever associates its rules or has them logged. None can be limited to a resource.
      // https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
      Sid: 'FirewallAndItsLog',
      Effect: 'Allow',
      Action: actions({
        elasticloadbalancing: 'SetWebAcl',
        logs: 'CreateLogDelivery DeleteLogDelivery DescribeResourcePolicies PutResourcePolicy',
      }),
      Resource: '*',
    },
  ];
}

function certificateChanges(scope: Scope): readonly Statement[] {
  const certificates = arn(scope, 'acm', 'certificate/*');
  return [
    {
      // A new certificate has no id yet.
      Sid: 'RequestCertificate',
      Effect: 'Allow',
      Action: actions({ acm: 'RequestCertificate' }),
      Resource: '*',
      Condition: ownRequest(scope),
    },
    {
      Sid: 'TagNewCertificate',
      Effect: 'Allow',
      Action: actions({ acm: 'AddTagsToCertificate' }),
      Resource: certificates,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeCertificate',
      Effect: 'Allow',
      Action: actions({ acm: 'AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate' }),
      Resource: certificates,
      Condition: ownTags(scope),
    },
  ];
}

/**
 * None without a domain: setting one changes what the workflows may do, so a person runs that update.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
 */
function recordChanges(scope: Scope): readonly Statement[] {
  const { domain } = scope;
  if (domain === undefined) return [];
  return [
    {
      Sid: 'Records',
      Effect: 'Allow',
      Action: actions({ route53: 'ChangeResourceRecordSets' }),
      Resource: arn(scope, 'route53', `hostedzone/${domain.hostedZoneId}`),
      Condition: {
        'ForAllValues:StringLike': {
          // The name itself, and the proof for the certificate: `_0123abc.<name>`.
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': [
            domain.name,
            ...domain.hosts.map((host) => `${host}.${domain.name}`),
            `_*.${domain.name}`,
          ],
          'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'CNAME'],
        },
      },
    },
  ];
}

/** Digits that Pulumi appends to the prefix of a bucket. */
const suffixLength = 26;

function accessLogChanges(scope: Scope): readonly Statement[] {
  const bucket = arn(scope, 's3', `${physicalName(scope.naming, 'logs', 'bucketPrefix')}-${anyId(suffixLength)}`);
  return [
    {
      Sid: 'AccessLogs',
      Effect: 'Allow',
      Action: actions({
        s3: 'CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject ListBucketVersions PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutLifecycleConfiguration TagResource UntagResource',
      }),
      Resource: [bucket, `${bucket}/*`],
    },
  ];
}
