import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import { idOf, type Portrait } from './portrait.ts';
import { isReferenceTo, object, ofTypes, referencesIn, type SubnetKind, subnetKindOf, text } from './resources.ts';
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
    ...ofTypes(graph, 'aws:lb/loadBalancer:LoadBalancer').map((balancer) => balancerPortrait(graph, balancer)),
    ...ofTypes(graph, 'awsx:ec2:Vpc').flatMap((vpc) => gatewayPortrait(vpc)),
    ...ofTypes(graph, 'aws:ecs/service:Service').map((service) => servicePortrait(graph, service)),
    ...graph.resources
      .filter(({ type }) => type.endsWith(':MigrationRun'))
      .map((migration) => migrationPortrait(graph, migration)),
    ...ofTypes(graph, 'aws:rds/instance:Instance').map((database) => databasePortrait(graph, database)),
    ...graph.resources
      .filter(({ type }) => /^aws:elasticache\/(replicationGroup|serverlessCache):/.test(type))
      .map((cache) => cachePortrait(graph, cache)),
    ...ofTypes(graph, 'docker:index/image:Image').map((image) => imagePortrait(graph, image)),
    ...ofTypes(graph, 'aws:ssm/parameter:Parameter')
      .filter(({ name }) => name.includes('ledger'))
      .map(ledgerPortrait),
    ...secretPortrait(graph),
    ...metricsPortrait(graph),
    ...ofTypes(graph, 'aws:sns/topic:Topic').map((topic) => topicPortrait(graph, topic)),
    ...ofTypes(graph, 'aws:s3/bucket:Bucket').map((bucket) => bucketPortrait(graph, bucket)),
  ];
}

function inSubnets(graph: Graph, resource: RecordedResource): string {
  const kind: SubnetKind | undefined = subnetKindOf(graph, resource);
  return kind === undefined ? 'vpc' : `subnets-${kind}`;
}

function balancerPortrait(graph: Graph, balancer: RecordedResource): Portrait {
  const targetGroups = ofTypes(graph, 'aws:lb/targetGroup:TargetGroup');
  const { path, interval, healthyThreshold } = object(targetGroups[0]?.inputs['healthCheck']);
  const firewalls = ofTypes(graph, 'aws:wafv2/webAcl:WebAcl');
  const listeners = ofTypes(graph, 'aws:lb/listener:Listener').map(({ inputs }) => text(inputs['protocol']));
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
  const strategy = text(object(vpc.inputs['natGateways'])['strategy']);
  if (strategy === 'None' || strategy === '') return [];
  const lines = [strategy === 'Single' ? 'a single one' : 'one per zone', 'the way out for tasks'];
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
  const scaling = ofTypes(graph, 'aws:appautoscaling/target:Target').find(({ dependencies }) =>
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
    object(inputs['deploymentCircuitBreaker'])['rollback'] === true && object(inputs['alarms'])['rollback'] === true
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
  const references = referencesIn(user.inputs['taskDefinition']);
  return ofTypes(graph, 'aws:ecs/taskDefinition:TaskDefinition').find((task) => references.some(isReferenceTo(task)));
}

/** The essential container of a task: the app. */
function containerOf(task: RecordedResource | undefined): Readonly<Record<string, unknown>> {
  const definitions: unknown = JSON.parse(text(task?.inputs['containerDefinitions']) || '[]');
  return object(Array.isArray(definitions) ? definitions[0] : undefined);
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

/** Whether every container that reaches the database checks whom it talks to. */
function verifiesTls(graph: Graph): boolean {
  const modes = ofTypes(graph, 'aws:ecs/taskDefinition:TaskDefinition').flatMap((task) => {
    const variables = containerOf(task)['environment'];
    return Array.isArray(variables) ? variables.filter(({ name }) => name === 'DATABASE_TLS') : [];
  });
  return modes.length > 0 && modes.every(({ value }) => value === 'verify-full');
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
