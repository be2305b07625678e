import {
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListLogTagsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand as ListRepositoryTagsCommand,
} from '@aws-sdk/client-ecr';
import { DescribeClustersCommand, DescribeServicesCommand } from '@aws-sdk/client-ecs';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeParametersCommand, ListTagsForResourceCommand as ListParameterTagsCommand } from '@aws-sdk/client-ssm';
import type { AwsClients } from '../clients.ts';
import { dated, type Inputs, type Lookup, named, tagsOf, text, unlessAbsent } from './lookup.ts';

interface LowerCaseTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

function tagsOfEcs(tags: readonly LowerCaseTag[] | undefined): Readonly<Record<string, string>> {
  return tagsOf(tags?.map(({ key: Key, value: Value }) => ({ Key, Value })));
}

async function tagsOfElb({ elb }: Pick<AwsClients, 'elb'>, arn: string): Promise<Readonly<Record<string, string>>> {
  const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
  return tagsOf(TagDescriptions?.[0]?.Tags);
}

/** The cluster of a service is given by its name or its ARN. */
function clusterOf(inputs: Inputs): string {
  return text(inputs, 'cluster').split('/').at(-1) ?? '';
}

/** Containers, their images, logs and load balancer, and parameters. */
export const serviceLookups: Readonly<Record<string, Lookup>> = {
  'aws:ecr/repository:Repository': {
    what: 'ECR repository',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { ecr } }, inputs) {
      const repositoryNames = [text(inputs, 'name')];
      const answer = await unlessAbsent(
        () => ecr.send(new DescribeRepositoriesCommand({ repositoryNames })),
        'RepositoryNotFoundException',
      );
      const [found] = answer?.repositories ?? [];
      if (found === undefined) return undefined;
      const { tags } = await ecr.send(new ListRepositoryTagsCommand({ resourceArn: found.repositoryArn }));
      return { importId: found.repositoryName ?? '', tags: tagsOf(tags), ...dated(found.createdAt), ready: true };
    },
  },
  'aws:ecs/cluster:Cluster': {
    what: 'ECS cluster',
    nameOf: named('name'),
    collides: false,
    async find({ clients: { ecs } }, inputs) {
      const asked = { clusters: [text(inputs, 'name')], include: ['TAGS' as const] };
      const { clusters = [] } = await ecs.send(new DescribeClustersCommand(asked));
      const found = clusters.find(({ status }) => status === 'ACTIVE');
      if (found === undefined) return undefined;
      return { importId: found.clusterName ?? '', tags: tagsOfEcs(found.tags), ready: true };
    },
  },
  'aws:ecs/service:Service': {
    what: 'ECS service',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { ecs } }, inputs) {
      const cluster = clusterOf(inputs);
      const asked = { cluster, services: [text(inputs, 'name')], include: ['TAGS' as const] };
      const answer = await unlessAbsent(() => ecs.send(new DescribeServicesCommand(asked)), 'ClusterNotFoundException');
      const found = answer?.services?.find(({ status }) => status === 'ACTIVE');
      if (found === undefined) return undefined;
      const importId = `${cluster}/${found.serviceName}`;
      return { importId, tags: tagsOfEcs(found.tags), ...dated(found.createdAt), ready: true };
    },
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    what: 'log group',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { logs } }, inputs) {
      const logGroupNamePrefix = text(inputs, 'name');
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
      const found = logGroups.find(({ logGroupName }) => logGroupName === logGroupNamePrefix);
      if (found === undefined) return undefined;
      const { tags } = await logs.send(new ListLogTagsCommand({ resourceArn: found.arn?.replace(/:\*$/, '') }));
      return { importId: logGroupNamePrefix, tags: tags ?? {}, ...dated(found.creationTime), ready: true };
    },
  },
  'aws:lb/loadBalancer:LoadBalancer': {
    what: 'load balancer',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const answer = await unlessAbsent(
        () => clients.elb.send(new DescribeLoadBalancersCommand({ Names: [text(inputs, 'name')] })),
        'LoadBalancerNotFoundException',
      );
      const { LoadBalancerArn: arn, CreatedTime, State } = answer?.LoadBalancers?.[0] ?? {};
      if (arn === undefined) return undefined;
      const ready = State?.Code !== 'provisioning';
      return { importId: arn, tags: await tagsOfElb(clients, arn), ...dated(CreatedTime), ready };
    },
  },
  'aws:lb/targetGroup:TargetGroup': {
    what: 'target group',
    nameOf: named('name'),
    collides: true,
    async find({ clients }, inputs) {
      const answer = await unlessAbsent(
        () => clients.elb.send(new DescribeTargetGroupsCommand({ Names: [text(inputs, 'name')] })),
        'TargetGroupNotFoundException',
      );
      const { TargetGroupArn: arn } = answer?.TargetGroups?.[0] ?? {};
      return arn === undefined ? undefined : { importId: arn, tags: await tagsOfElb(clients, arn), ready: true };
    },
  },
  'aws:lb/listener:Listener': {
    what: 'listener of the load balancer',
    nameOf: (inputs) => `port ${String(inputs['port'])}`,
    collides: true,
    inside: true,
    async find({ clients: { elb } }, inputs) {
      const LoadBalancerArn = text(inputs, 'loadBalancerArn');
      const answer = await unlessAbsent(
        () => elb.send(new DescribeListenersCommand({ LoadBalancerArn })),
        'LoadBalancerNotFoundException',
      );
      const found = answer?.Listeners?.find(({ Port }) => Port === inputs['port']);
      return found?.ListenerArn === undefined ? undefined : { importId: found.ListenerArn, ready: true };
    },
  },
  'aws:lb/listenerRule:ListenerRule': {
    what: 'rule of a listener',
    nameOf: (inputs) => `priority ${String(inputs['priority'])}`,
    collides: true,
    inside: true,
    async find({ clients: { elb } }, inputs) {
      const ListenerArn = text(inputs, 'listenerArn');
      const answer = await unlessAbsent(
        () => elb.send(new DescribeRulesCommand({ ListenerArn })),
        'ListenerNotFoundException',
      );
      const found = answer?.Rules?.find(({ Priority }) => Priority === String(inputs['priority']));
      return found?.RuleArn === undefined ? undefined : { importId: found.RuleArn, ready: true };
    },
  },
  'aws:ssm/parameter:Parameter': {
    what: 'parameter',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { ssm } }, inputs) {
      const name = text(inputs, 'name');
      const { Parameters = [] } = await ssm.send(
        new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [name] }] }),
      );
      if (Parameters.length === 0) return undefined;
      const { TagList } = await ssm.send(new ListParameterTagsCommand({ ResourceType: 'Parameter', ResourceId: name }));
      return { importId: name, tags: tagsOf(TagList), ready: true };
    },
  },
};
