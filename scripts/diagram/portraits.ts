import { containersOf, fieldsOf, ofType, referencesIn, resourceOf } from '../../infra/graph/query.ts';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import { type SubnetKind, subnetKindOf, text } from './inputs.ts';
import { idOf, type Portrait } from './portrait.ts';
import {
  bucketPortrait,
  imagePortrait,
  ledgerPortrait,
  metricsPortrait,
  secretPortrait,
  topicPortrait,
} from './service-portraits.ts';

/** All that is worth drawing. What only serves another resource (roles, rules, policies) is part of its portrait. */
export function portraitsOf(graph: Graph): readonly Portrait[] {
  return [
    ...ofType(graph, 'aws:lb/loadBalancer:LoadBalancer').map((balancer) => balancerPortrait(graph, balancer)),
    ...ofType(graph, 'awsx:ec2:Vpc').flatMap((vpc) => gatewayPortrait(vpc)),
    ...ofType(graph, 'aws:ecs/service:Service').map((service) => servicePortrait(graph, service)),
    ...graph.resources
      .filter(({ type }) => type.endsWith(':MigrationRun'))
      .map((migration) => migrationPortrait(graph, migration)),
    ...ofType(graph, 'aws:rds/instance:Instance').map((database) => databasePortrait(graph, database)),
    ...graph.resources
      .filter(({ type }) => /^aws:elasticache\/(replicationGroup|serverlessCache):/.test(type))
      .map((cache) => cachePortrait(graph, cache)),
    ...ofType(graph, 'docker:index/image:Image').map((image) => imagePortrait(graph, image)),
    ...ofType(graph, 'aws:ssm/parameter:Parameter')
      .filter(({ name }) => name.includes('ledger'))
      .map(ledgerPortrait),
    ...secretPortrait(graph),
    ...metricsPortrait(graph),
    ...ofType(graph, 'aws:sns/topic:Topic').map((topic) => topicPortrait(graph, topic)),
    ...ofType(graph, 'aws:s3/bucket:Bucket').map((bucket) => bucketPortrait(graph, bucket)),
  ];
}

function inSubnets(graph: Graph, resource: RecordedResource): string {
  const kind: SubnetKind | undefined = subnetKindOf(graph, resource);
  return kind === undefined ? 'vpc' : `subnets-${kind}`;
}

function balancerPortrait(graph: Graph, balancer: RecordedResource): Portrait {
  const targetGroups = ofType(graph, 'aws:lb/targetGroup:TargetGroup');
  const { path, interval, healthyThreshold } = fieldsOf(targetGroups[0]?.inputs['healthCheck']);
  const firewalls = ofType(graph, 'aws:wafv2/webAcl:WebAcl');
  const listeners = ofType(graph, 'aws:lb/listener:Listener').map(({ inputs }) => text(inputs['protocol']));
  return {
    node: {
      id: idOf(balancer),
      kind: 'balancer',
      title: 'Application Load Balancer',
      lines: [
        `${[...new Set(listeners)].join(' and ')}${firewalls.length > 0 ? ', behind a WAF' : ''}`,
        `checks ${text(path)}: ${text(healthyThreshold)} × ${text(interval)} s`,
        `idle timeout ${text(balancer.inputs['idleTimeout'])} s`,
      ],
      group: inSubnets(graph, balancer),
    },
    resources: [balancer, ...targetGroups],
  };
}

function gatewayPortrait(vpc: RecordedResource): readonly Portrait[] {
  const strategy = text(fieldsOf(vpc.inputs['natGateways'])['strategy']);
  if (strategy === 'None' || strategy === '') return [];
  const lines = [strategy === 'Single' ? 'a single one' : 'one per zone', 'egress of the tasks'];
  return [
    {
      node: { id: `${idOf(vpc)}::nat`, kind: 'network', title: 'NAT gateway', lines, group: 'subnets-public' },
      resources: [],
    },
  ];
}

function servicePortrait(graph: Graph, service: RecordedResource): Portrait {
  const task = taskDefinitionOf(graph, service);
  const container = containerOf(task);
  const scaling = ofType(graph, 'aws:appautoscaling/target:Target').find(({ dependencies }) =>
    dependencies.includes(service.urn),
  );
  const { minCapacity, maxCapacity } = scaling?.inputs ?? {};
  const desired = text(service.inputs['desiredCount']);
  const count = scaling === undefined ? `${desired} tasks` : `${text(minCapacity)} to ${text(maxCapacity)} tasks`;
  return {
    node: {
      id: idOf(service),
      kind: 'tasks',
      title: `ECS service ${service.name}`,
      lines: [
        `${count}, Fargate ${vcpu(task)}`,
        `memory limit ${text(container['memory'])} MiB`,
        `stop timeout ${text(container['stopTimeout'])} s`,
        'circuit breaker, alarms: rolls back',
      ].filter((line) => !line.startsWith('circuit') || rollsBack(service)),
      group: inSubnets(graph, service),
    },
    resources: [service, ...(task === undefined ? [] : [task])],
  };
}

function rollsBack({ inputs }: RecordedResource): boolean {
  return (
    fieldsOf(inputs['deploymentCircuitBreaker'])['rollback'] === true && fieldsOf(inputs['alarms'])['rollback'] === true
  );
}

function migrationPortrait(graph: Graph, migration: RecordedResource): Portrait {
  const task = taskDefinitionOf(graph, migration);
  return {
    node: {
      id: idOf(migration),
      kind: 'tasks',
      title: `ECS task ${migration.name}`,
      lines: ['runs once per release,', 'exit code checked'],
      group: inSubnets(graph, migration),
    },
    resources: [migration, ...(task === undefined ? [] : [task])],
  };
}

function taskDefinitionOf(graph: Graph, user: RecordedResource): RecordedResource | undefined {
  const [reference] = referencesIn(user.inputs['taskDefinition']);
  return reference === undefined ? undefined : resourceOf(graph, reference);
}

/** The essential container of a task: the app. */
function containerOf(task: RecordedResource | undefined): Readonly<Record<string, unknown>> {
  return (task === undefined ? undefined : containersOf(task)[0]) ?? {};
}

function vcpu(task: RecordedResource | undefined): string {
  return `${Number(text(task?.inputs['cpu'])) / 1024} vCPU`;
}

function databasePortrait(graph: Graph, database: RecordedResource): Portrait {
  const { engineVersion, instanceClass, multiAz, backupRetentionPeriod, storageEncrypted } = database.inputs;
  return {
    node: {
      id: idOf(database),
      kind: 'database',
      title: `RDS PostgreSQL ${text(engineVersion)}`,
      lines: [
        `${text(instanceClass)}${multiAz === true ? ', Multi-AZ' : ', one zone'}`,
        [storageEncrypted === true ? 'encrypted' : '', verifiesTls(graph) ? 'TLS verified' : '']
          .filter((fact) => fact !== '')
          .join(', '),
        `backups of ${text(backupRetentionPeriod)} days`,
      ],
      group: inSubnets(graph, database),
    },
    resources: [database],
  };
}

/** Whether a container gets the authorities that it has to verify the database with. */
function verifiesTls(graph: Graph): boolean {
  return ofType(graph, 'aws:ecs/taskDefinition:TaskDefinition').some((task) =>
    JSON.stringify(containerOf(task)['environment'] ?? []).includes('-----BEGIN CERTIFICATE-----'),
  );
}

function cachePortrait(graph: Graph, cache: RecordedResource): Portrait {
  const { engine, engineVersion, nodeType, numCacheClusters } = cache.inputs;
  const nodes = numCacheClusters === 1 ? 'one node' : `${text(numCacheClusters)} nodes`;
  return {
    node: {
      id: idOf(cache),
      kind: 'cache',
      title: `${text(engine) === 'valkey' ? 'Valkey' : text(engine)} ${text(engineVersion)}`.trim(),
      lines: [`${text(nodeType)}, ${nodes}`, 'cache and queue, TLS'],
      group: inSubnets(graph, cache),
    },
    resources: [cache],
  };
}
