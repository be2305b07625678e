import { getListener } from '@pulumi/aws/lb/getListener.js';
import { getLoadBalancer, getLoadBalancerOutput } from '@pulumi/aws/lb/getLoadBalancer.js';
import { ListenerRule } from '@pulumi/aws/lb/listenerRule.js';
import { Record } from '@pulumi/aws/route53/record.js';
import * as pulumi from '@pulumi/pulumi';
import { frontOf, hostsOf, routedOf } from '../manifest/app.ts';
import { type SettingProblem, SettingsError } from '../settings/problems.ts';
import type { Domain, ExistingListener, Settings } from '../settings/settings.ts';
import { createRoutes, type EdgeParts, type RoutesArgs } from './entrance.ts';
import { hostCondition, prioritiesFrom } from './routes.ts';
import { createTargetGroup } from './target-group.ts';

export interface JoinArgs extends RoutesArgs {
  readonly settings: Settings;
  readonly existing: ExistingListener;
  readonly domain: Domain;
}

/**
 * Rules of a listener that is not the stack's: every request for the domain and its hosts goes to the tasks, and no other.
 * Target groups, rules and DNS records are the stack's.
 */
export function joinListener(name: string, args: JoinArgs, parent: pulumi.Resource): EdgeParts {
  const { app, naming, existing, domain } = args;
  const { arn: listenerArn, loadBalancer } = existing;
  const targetGroup = createTargetGroup(name, frontOf(app).http, args, parent);
  const priorities = prioritiesFrom(existing.priority, routedOf(app));
  const front = new ListenerRule(
    name,
    {
      listenerArn,
      priority: priorities.others,
      conditions: [hostCondition(domain.name)],
      actions: [{ type: 'forward', targetGroupArn: targetGroup.arn }],
      tags: naming.tags,
    },
    { parent },
  );
  createRecords(name, args, parent);
  const securityGroup = { id: existing.securityGroupId };
  return {
    host: pulumi.output(domain.name),
    securityGroup,
    targetGroup,
    loadBalancerSuffix: pulumi.output(loadBalancer.suffix),
    ready: [front],
    routed: createRoutes(
      name,
      args,
      {
        loadBalancerSuffix: loadBalancer.suffix,
        listenerArn,
        domain: domain.name,
        securityGroup,
        priorities: priorities.routes,
      },
      parent,
    ),
  };
}

function createRecords(name: string, { app, settings, existing, domain }: JoinArgs, parent: pulumi.Resource): void {
  const { arn } = existing.loadBalancer;
  const { dnsName, zoneId } = getLoadBalancerOutput({ arn, region: settings.region }, { parent });
  const aliases = [{ name: dnsName, zoneId, evaluateTargetHealth: true }];
  for (const host of ['', ...hostsOf(app)]) {
    new Record(
      host === '' ? `${name}-address` : `${name}-address-${host}`,
      {
        zoneId: domain.hostedZoneId,
        name: host === '' ? domain.name : `${host}.${domain.name}`,
        type: 'A',
        aliases,
      },
      { parent },
    );
  }
}

/** What AWS says of a listener and its load balancer. Without an engine nobody is asked, and nothing is known. */
interface FoundListener {
  readonly protocol?: string;
  readonly port?: number;
}

interface FoundLoadBalancer {
  readonly idleTimeout?: number;
  readonly internal?: boolean;
  readonly securityGroups?: readonly string[];
  readonly vpcId?: string;
}

/**
 * Compares an existing listener and its load balancer with what the settings state of them, before anything is registered.
 * Asks AWS where an engine runs the program.
 *
 * @throws SettingsError that lists every difference
 */
export async function checkExistingListener(settings: Settings): Promise<void> {
  const { environment, region, existing } = settings;
  const { listener } = existing;
  if (listener === undefined) return;
  const [found, loadBalancer]: [FoundListener, FoundLoadBalancer] = await Promise.all([
    getListener({ arn: listener.arn, region }),
    getLoadBalancer({ arn: listener.loadBalancer.arn, region }),
  ]);
  const problems = [...listenerProblems(listener, found), ...loadBalancerProblems(settings, listener, loadBalancer)];
  if (problems.length > 0) throw new SettingsError(environment, problems);
}

function listenerProblems({ arn, loadBalancer }: ExistingListener, found: FoundListener): readonly SettingProblem[] {
  const { protocol, port } = found;
  if (protocol === undefined || (protocol === 'HTTPS' && port === 443)) return [];
  return [
    {
      keys: ['existingListenerArn'],
      found: `is ${JSON.stringify(arn)}, which serves ${protocol} on port ${port}`,
      rule: 'a listener that serves HTTPS on port 443',
      remedy: `List them: aws elbv2 describe-listeners --load-balancer-arn ${loadBalancer.arn}`,
    },
  ];
}

function loadBalancerProblems(
  { environment, timing, edge, existing }: Settings,
  { securityGroupId, loadBalancer }: ExistingListener,
  { idleTimeout, internal, securityGroups, vpcId }: FoundLoadBalancer,
): readonly SettingProblem[] {
  const { name } = loadBalancer;
  const set = (key: string, value: string | number | boolean) =>
    `pulumi config set ${key} ${value} --stack ${environment}`;
  return [
    ...(idleTimeout !== undefined && idleTimeout !== timing.albIdleTimeoutSeconds
      ? [
          {
            keys: ['albIdleTimeoutSeconds'],
            found: `is ${timing.albIdleTimeoutSeconds}, and ${idleTimeout} on the load balancer ${name}`,
            rule: 'the idle timeout of the existing load balancer: the app keeps its connections open for longer than that',
            remedy: set('albIdleTimeoutSeconds', idleTimeout),
          },
        ]
      : []),
    ...(securityGroups !== undefined && !securityGroups.includes(securityGroupId)
      ? [
          {
            keys: ['existingLoadBalancerSecurityGroupId'],
            found: `is ${JSON.stringify(securityGroupId)}, and the load balancer ${name} has ${securityGroups.join(', ') || 'none'}`,
            rule: 'a security group of the load balancer',
            remedy:
              securityGroups[0] === undefined
                ? 'Give the load balancer a security group.'
                : set('existingLoadBalancerSecurityGroupId', securityGroups[0]),
          },
        ]
      : []),
    ...(vpcId !== undefined && vpcId !== existing.vpc?.id
      ? [
          {
            keys: ['existingVpcId'],
            found: `is ${JSON.stringify(existing.vpc?.id)}, and the load balancer ${name} is in ${vpcId}`,
            rule: 'the VPC of the existing load balancer: targets are in the same one',
            remedy: set('existingVpcId', vpcId),
          },
        ]
      : []),
    ...(internal === true && edge.syntheticCheck
      ? [
          {
            keys: ['syntheticCheck'],
            found: `is true, and the load balancer ${name} is internal`,
            rule: 'false with an internal load balancer: nobody reaches it from outside',
            remedy: set('syntheticCheck', false),
          },
        ]
      : []),
  ];
}
