import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, DeleteRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AwsClients } from '../clients.ts';
import { describeService, primaryDeployment } from '../services.ts';
import { awaitRelease } from './hold.ts';
import { buildImage } from './tiny-image.ts';

interface Cloud {
  readonly clients: AwsClients;
  readonly port: number;
}

/** The properties that are looked at, of whatever type the resource is. */
interface Values {
  readonly [property: string]: unknown;
  readonly name: string;
  readonly arn: string;
  readonly family: string;
  readonly cpu: string;
  readonly memory: string;
  readonly containerDefinitions: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly deploymentMinimumHealthyPercent: number;
  readonly deploymentMaximumPercent: number;
  readonly deploymentCircuitBreaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly alarms: { readonly enable: boolean; readonly rollback: boolean; readonly alarmNames: string[] };
  readonly imageName: string;
  readonly build: { readonly context: string };
  readonly port: number;
  readonly protocol: 'HTTP';
  readonly namespace: string;
  readonly metricName: string;
  readonly comparisonOperator: 'GreaterThanThreshold';
  readonly threshold: number;
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly treatMissingData: string;
  readonly tags: Readonly<Record<string, string>>;
}
type Made = Readonly<Record<string, unknown>>;

/** How a type of resource is made in MiniStack; what each returns is added to the outputs. */
export interface Realisation {
  create(cloud: Cloud, inputs: Values): Promise<Made>;
  /** As `create` when absent. */
  update?(cloud: Cloud, inputs: Values): Promise<Made>;
  delete?(cloud: Cloud, state: Values): Promise<void>;
  /** Inputs that are not what they were; none when absent. */
  read?(cloud: Cloud, state: Values): Promise<Made>;
  /** By its import id; undefined: there is none. */
  find?(cloud: Cloud, id: string): Promise<{ readonly inputs: Made; readonly outputs: Made } | undefined>;
  /** Properties whose change needs another one. */
  readonly replaces?: readonly string[];
}

/** As the real provider does: it waits until the service is steady, and does not look at which revision that is. */
async function awaitSteady({ clients }: Cloud, cluster: string, service: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const found = await describeService(clients, cluster, service);
    const primary = found === undefined ? undefined : primaryDeployment(found);
    if (primary?.rolloutState === 'COMPLETED' && found?.runningCount === found?.desiredCount) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waiting for ECS Service (${service}): timeout while waiting for state to become 'tfSTABLE'`);
}

function tagsOf({ tags }: Values) {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function upperCaseTags(tags: Values['tags']) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function serviceRequest(inputs: Values) {
  const { enable, rollback } = inputs.deploymentCircuitBreaker;
  return {
    cluster: inputs.cluster,
    taskDefinition: inputs.taskDefinition,
    deploymentConfiguration: {
      minimumHealthyPercent: inputs.deploymentMinimumHealthyPercent,
      maximumPercent: inputs.deploymentMaximumPercent,
      deploymentCircuitBreaker: { enable, rollback },
      alarms: inputs.alarms,
    },
  };
}

export const realisations: Readonly<Record<string, Realisation>> = {
  'aws:ecs/cluster:Cluster': {
    async create({ clients }, inputs) {
      const { name } = inputs;
      const { cluster } = await clients.ecs.send(new CreateClusterCommand({ clusterName: name, tags: tagsOf(inputs) }));
      return { arn: cluster?.clusterArn };
    },
    async find({ clients }, name) {
      const { clusters = [] } = await clients.ecs.send(new DescribeClustersCommand({ clusters: [name] }));
      const arn = clusters.find(({ status }) => status === 'ACTIVE')?.clusterArn;
      return arn === undefined ? undefined : { inputs: { name }, outputs: { arn } };
    },
    async delete({ clients }, { name }) {
      await clients.ecs.send(new DeleteClusterCommand({ cluster: name }));
    },
  },
  'aws:ecs/taskDefinition:TaskDefinition': {
    replaces: ['containerDefinitions', 'cpu', 'memory'],
    async create({ clients }, { family, cpu, memory, containerDefinitions }) {
      const [container] = JSON.parse(containerDefinitions);
      // MiniStack runs no health checks, and has no database whose password it could hand out.
      const { healthCheck: _check, secrets: _secrets, ...runnable } = container;
      const { taskDefinition } = await clients.ecs.send(
        new RegisterTaskDefinitionCommand({
          family,
          cpu,
          memory,
          networkMode: 'awsvpc',
          containerDefinitions: [runnable],
        }),
      );
      return { arn: taskDefinition?.taskDefinitionArn };
    },
  },
  'aws:ecs/service:Service': {
    async create(cloud, inputs) {
      const { name, cluster, desiredCount } = inputs;
      await cloud.clients.ecs.send(
        new CreateServiceCommand({ ...serviceRequest(inputs), serviceName: name, desiredCount, tags: tagsOf(inputs) }),
      );
      await awaitSteady(cloud, cluster, name);
      await awaitRelease();
      return {};
    },
    async update(cloud, inputs) {
      const { name, cluster } = inputs;
      await cloud.clients.ecs.send(new UpdateServiceCommand({ ...serviceRequest(inputs), service: name }));
      await awaitSteady(cloud, cluster, name);
      return {};
    },
    async read({ clients }, state) {
      const service = await describeService(clients, state.cluster, state.name);
      const taskDefinition = service === undefined ? undefined : primaryDeployment(service)?.taskDefinition;
      return { taskDefinition };
    },
    async find({ clients }, id) {
      const [cluster = '', name = ''] = id.split('/');
      const service = await describeService(clients, cluster, name);
      if (service === undefined) return undefined;
      const { clusterArn, desiredCount, taskDefinition } = service;
      return { inputs: { name, cluster: clusterArn, desiredCount, taskDefinition }, outputs: {} };
    },
    async delete({ clients }, { cluster, name }) {
      await clients.ecs.send(new DeleteServiceCommand({ cluster, service: name, force: true }));
    },
  },
  'aws:ecr/repository:Repository': {
    async create({ clients, port }, { name, tags }) {
      const asked = { repositoryName: name, imageTagMutability: 'IMMUTABLE' as const };
      await clients.ecr.send(new CreateRepositoryCommand({ ...asked, tags: upperCaseTags(tags) }));
      return { repositoryUrl: `127.0.0.1:${port}/${name}` };
    },
    update: async () => ({}),
    async find({ clients, port }, name) {
      const found = await clients.ecr
        .send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))
        .catch(() => undefined);
      const repositoryUrl = `127.0.0.1:${port}/${name}`;
      return found === undefined ? undefined : { inputs: { name }, outputs: { repositoryUrl } };
    },
    async delete({ clients }, { name }) {
      await clients.ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
    },
  },
  'docker:index/image:Image': {
    async create(_cloud, { imageName, build }) {
      return { repoDigest: await buildImage(imageName, build.context) };
    },
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    async create({ clients }, { name, tags }) {
      await clients.logs.send(new CreateLogGroupCommand({ logGroupName: name, tags: { ...tags } }));
      return {};
    },
    update: async () => ({}),
    async find({ clients }, name) {
      const { logGroups = [] } = await clients.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      const exists = logGroups.some(({ logGroupName }) => logGroupName === name);
      return exists ? { inputs: { name }, outputs: {} } : undefined;
    },
  },
  'aws:lb/loadBalancer:LoadBalancer': {
    async create({ clients }, { name, tags }) {
      const asked = { Name: name, Tags: upperCaseTags(tags) };
      const { LoadBalancers } = await clients.elb.send(new CreateLoadBalancerCommand(asked));
      const { LoadBalancerArn, DNSName } = LoadBalancers?.[0] ?? {};
      return { arn: LoadBalancerArn, dnsName: DNSName };
    },
    update: async () => ({}),
    async find({ clients }, arn) {
      const { LoadBalancers } = await clients.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
      const { LoadBalancerName: name, DNSName: dnsName } = LoadBalancers?.[0] ?? {};
      return name === undefined ? undefined : { inputs: { name }, outputs: { arn, dnsName } };
    },
    async delete({ clients }, { arn }) {
      await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    },
  },
  'aws:lb/targetGroup:TargetGroup': {
    async create({ clients }, { port, protocol }) {
      const request = { Name: `tg-${Date.now()}`, Port: port, Protocol: protocol, TargetType: 'ip' } as const;
      const { TargetGroups } = await clients.elb.send(new CreateTargetGroupCommand(request));
      return { arn: TargetGroups?.[0]?.TargetGroupArn };
    },
    update: async () => ({}),
  },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    async create({ clients }, inputs) {
      await clients.metrics.send(
        new PutMetricAlarmCommand({
          AlarmName: inputs.name,
          Namespace: inputs.namespace,
          MetricName: inputs.metricName,
          ComparisonOperator: inputs.comparisonOperator,
          Threshold: inputs.threshold,
          Period: inputs.period,
          EvaluationPeriods: inputs.evaluationPeriods,
          Statistic: 'Sum',
          TreatMissingData: inputs.treatMissingData,
        }),
      );
      return {};
    },
  },
};
