import type { ProgramGraph } from '../../../infra/graph/query.ts';

/** A container definition with everything that the local target understands, as ECS takes it. */
export function exampleContainer(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    name: 'api',
    image: '@{docker:index/image:Image::image::repoDigest}',
    command: ['node', 'dist/main.js'],
    essential: true,
    memory: 512,
    stopTimeout: 35,
    user: '10001:10001',
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true },
    environment: [
      { name: 'DATABASE_HOST', value: '@{aws:rds/instance:Instance::database::address}' },
      { name: 'PRICE', value: '5$' },
      { name: 'RELEASE_IMAGE', value: '@{docker:index/image:Image::image::repoDigest}' },
    ],
    secrets: [
      {
        name: 'DATABASE_PASSWORD',
        valueFrom: '@{aws:rds/instance:Instance::database::masterUserSecrets[0].secretArn}:password::',
      },
    ],
    portMappings: [{ containerPort: 3000, protocol: 'tcp' }],
    healthCheck: { command: ['CMD', 'node', 'dist/healthcheck.js', '/health'], interval: 10, timeout: 5, retries: 3 },
    logConfiguration: { logDriver: 'awslogs' },
    ...changes,
  };
}

export interface ExampleChanges {
  readonly container?: Readonly<Record<string, unknown>>;
  readonly service?: Readonly<Record<string, unknown>>;
  readonly task?: Readonly<Record<string, unknown>>;
  readonly targetGroup?: Readonly<Record<string, unknown>>;
  readonly listener?: Readonly<Record<string, unknown>>;
  readonly database?: Readonly<Record<string, unknown>>;
}

/** The smallest program that has one of everything. */
export function exampleGraph(changes: ExampleChanges = {}): ProgramGraph {
  const resource = (type: string, name: string, inputs: Readonly<Record<string, unknown>>) => ({ type, name, inputs });
  return {
    environment: 'staging',
    resources: [
      resource('docker:index/image:Image', 'image', {
        imageName: '@{aws:ecr/repository:Repository::image::repositoryUrl}:1.0.0-a',
        build: { context: '.', dockerfile: './app/Dockerfile', args: { RELEASE_VERSION: '1.0.0-a' } },
      }),
      resource('aws:ecs/taskDefinition:TaskDefinition', 'api', {
        cpu: '256',
        memory: '512',
        containerDefinitions: JSON.stringify([exampleContainer(changes.container)]),
        ...changes.task,
      }),
      resource('aws:ecs/taskDefinition:TaskDefinition', 'migrate', {
        cpu: '256',
        memory: '512',
        containerDefinitions: JSON.stringify([
          exampleContainer({ name: 'migrate', command: ['node', 'dist/migrate.js'], healthCheck: undefined }),
        ]),
      }),
      resource('pulumi-nodejs:dynamic/stack:MigrationRun', 'migrate', {
        taskDefinition: '@{aws:ecs/taskDefinition:TaskDefinition::migrate::arn}',
      }),
      resource('aws:ecs/service:Service', 'api', {
        taskDefinition: '@{aws:ecs/taskDefinition:TaskDefinition::api::arn}',
        desiredCount: 2,
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        healthCheckGracePeriodSeconds: 75,
        loadBalancers: [
          {
            targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}',
            containerName: 'api',
            containerPort: 3000,
          },
        ],
        ...changes.service,
      }),
      resource('aws:lb/loadBalancer:LoadBalancer', 'edge', { idleTimeout: 60 }),
      resource('aws:lb/targetGroup:TargetGroup', 'edge', {
        loadBalancingAlgorithmType: 'least_outstanding_requests',
        healthCheck: {
          path: '/ready',
          matcher: '200',
          protocol: 'HTTP',
          interval: 5,
          timeout: 4,
          healthyThreshold: 2,
          unhealthyThreshold: 6,
        },
        ...changes.targetGroup,
      }),
      resource('aws:lb/listener:Listener', 'edge-http', {
        port: 80,
        protocol: 'HTTP',
        defaultActions: [{ type: 'forward', targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}' }],
        ...changes.listener,
      }),
      resource('aws:rds/instance:Instance', 'database', {
        engine: 'postgres',
        engineVersion: '17.4',
        instanceClass: 'db.t4g.micro',
        dbName: 'app',
        username: 'postgres',
        port: 5432,
        parameterGroupName: '@{aws:rds/parameterGroup:ParameterGroup::database::name}',
        ...changes.database,
      }),
      resource('aws:rds/parameterGroup:ParameterGroup', 'database', {
        parameters: [
          { name: 'rds.force_ssl', value: '1' },
          { name: 'max_connections', value: '80' },
        ],
      }),
    ],
  };
}

/** What a program with Valkey has besides. */
export function exampleValkey(changes: Readonly<Record<string, unknown>> = {}): ProgramGraph['resources'] {
  return [
    {
      type: 'aws:elasticache/replicationGroup:ReplicationGroup',
      name: 'valkey',
      inputs: {
        engine: 'valkey',
        nodeType: 'cache.t4g.micro',
        numCacheClusters: 1,
        port: 6379,
        transitEncryptionEnabled: true,
        authToken: '@{aws:secretsmanager/secretVersion:SecretVersion::valkey-password::secretString}',
        parameterGroupName: '@{aws:elasticache/parameterGroup:ParameterGroup::valkey::name}',
        ...changes,
      },
    },
    {
      type: 'aws:elasticache/parameterGroup:ParameterGroup',
      name: 'valkey',
      inputs: {
        parameters: [
          { name: 'maxmemory-policy', value: 'noeviction' },
          { name: 'reserved-memory-percent', value: '25' },
        ],
      },
    },
    {
      type: 'aws:secretsmanager/secretVersion:SecretVersion',
      name: 'valkey-password',
      inputs: { secretId: '@{aws:secretsmanager/secret:Secret::valkey-password::id}' },
    },
  ];
}
