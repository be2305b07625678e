import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AwsClients } from '../clients.ts';
import { describeService, primaryDeployment } from '../services.ts';
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
    async create({ clients }, { name }) {
      const { cluster } = await clients.ecs.send(new CreateClusterCommand({ clusterName: name }));
      return { arn: cluster?.clusterArn };
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
        new CreateServiceCommand({ ...serviceRequest(inputs), serviceName: name, desiredCount }),
      );
      await awaitSteady(cloud, cluster, name);
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
    async delete({ clients }, { cluster, name }) {
      await clients.ecs.send(new DeleteServiceCommand({ cluster, service: name, force: true }));
    },
  },
  'aws:ecr/repository:Repository': {
    async create({ clients, port }, { name }) {
      await clients.ecr.send(new CreateRepositoryCommand({ repositoryName: name, imageTagMutability: 'IMMUTABLE' }));
      return { repositoryUrl: `127.0.0.1:${port}/${name}` };
    },
    update: async () => ({}),
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
    async create({ clients }, { name }) {
      await clients.logs.send(new CreateLogGroupCommand({ logGroupName: name }));
      return {};
    },
    update: async () => ({}),
  },
  'aws:lb/loadBalancer:LoadBalancer': {
    async create({ clients }, { name }) {
      const { LoadBalancers } = await clients.elb.send(new CreateLoadBalancerCommand({ Name: name }));
      const { LoadBalancerArn, DNSName } = LoadBalancers?.[0] ?? {};
      return { arn: LoadBalancerArn, dnsName: DNSName };
    },
    update: async () => ({}),
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
