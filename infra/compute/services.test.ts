import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { containerOf, find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const serviceType = 'aws:ecs/service:Service';
const mail = {
  mailFrom: 'hello@example.com',
  mailIdentityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
};

describe('the worker', () => {
  it('runs the release with another command, and its own size', async () => {
    const graph = await graphOf('staging', { workerCpuUnits: '512', workerMemoryMiB: '1024' });

    expect(find(graph, 'aws:ecs/taskDefinition:TaskDefinition', 'worker').inputs).toMatchObject({
      cpu: '512',
      memory: '1024',
    });
    expect(containerOf(graph, 'worker')).toMatchObject({
      command: ['node', 'dist/worker.js'],
      image: containerOf(graph, 'api')['image'],
      memory: 1024,
    });
  });

  it('has nothing in front of it, and so a check of its own that gates its rollout', async () => {
    const graph = await graphOf();
    const { inputs } = find(graph, serviceType, 'worker');

    expect(inputs).not.toHaveProperty('loadBalancers');
    expect(inputs).not.toHaveProperty('healthCheckGracePeriodSeconds');
    expect(inputs).not.toHaveProperty('alarms');
    expect(inputs['deploymentCircuitBreaker']).toEqual({ enable: true, rollback: true });
    expect(containerOf(graph, 'worker')['healthCheck']).toMatchObject({
      command: ['CMD', 'node', 'dist/healthcheck.js', '/health'],
    });
  });

  it('lets nobody in', async () => {
    const into = ofType(await graphOf(), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').filter(
      ({ inputs }) => inputs['securityGroupId'] === '@{aws:ec2/securityGroup:SecurityGroup::worker::id}',
    );

    expect(into).toEqual([]);
  });

  it('has as long to finish a job as it needs', async () => {
    const worker = containerOf(await graphOf('staging', { longestJobSeconds: '90' }), 'worker');

    expect(worker['stopTimeout']).toBe(97);
    expect(worker['environment']).toContainEqual({ name: 'SHUTDOWN_TIMEOUT_SECONDS', value: '95' });
  });

  it('has a connection for each concurrent job', async () => {
    const worker = containerOf(await graphOf('staging', { workerConcurrency: '6' }), 'worker');

    expect(worker['environment']).toContainEqual({ name: 'WORKER_CONCURRENCY', value: '6' });
    expect(worker['environment']).toContainEqual({ name: 'DATABASE_POOL_SIZE', value: '9' });
  });

  it('is rolled by itself while the traffic of the API is shifted', async () => {
    const { inputs } = find(await graphOf('staging', { deploymentStrategy: 'canary' }), serviceType, 'worker');

    expect(inputs).not.toHaveProperty('deploymentConfiguration');
    expect(inputs['deploymentCircuitBreaker']).toEqual({ enable: true, rollback: true });
  });

  it('is scaled by how long jobs wait', async () => {
    const graph = await graphOf('staging', { queueAgeTargetSeconds: '45', workerMaxCount: '3' });

    expect(find(graph, 'aws:appautoscaling/target:Target', 'worker').inputs).toMatchObject({
      resourceId: 'service/nest-fargate-staging/nest-fargate-staging-worker',
      minCapacity: 1,
      maxCapacity: 3,
    });
    expect(
      find(graph, 'aws:appautoscaling/policy:Policy', 'worker-queue-age').inputs[
        'targetTrackingScalingPolicyConfiguration'
      ],
    ).toMatchObject({
      customizedMetricSpecification: {
        namespace: 'nest-fargate/staging',
        metricName: 'QueueAgeSeconds',
        dimensions: [{ name: 'Service', value: 'worker' }],
        statistic: 'Maximum',
      },
      targetValue: 45,
    });
    expect(ofType(graph, 'aws:appautoscaling/policy:Policy').map(({ name }) => name)).not.toContain('worker-requests');
  });

  it('stops at night as the API does', async () => {
    const graph = await graphOf('staging', { stopTasksAt: '20:00', startTasksAt: '07:00' });

    expect(
      ofType(graph, 'aws:appautoscaling/scheduledAction:ScheduledAction')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['api-start', 'api-stop', 'worker-start', 'worker-stop']);
  });

  it('starts when its migrations have run, and the ledger waits for it', async () => {
    const graph = await graphOf();
    const { urn, dependencies } = find(graph, serviceType, 'worker');

    expect(dependencies.filter((name) => name.includes('MigrationRun'))).toHaveLength(1);
    expect(find(graph, 'aws:ssm/parameter:Parameter', 'delivery-ledger').dependencies).toContain(urn);
  });

  it('sends mails as one sender', async () => {
    const graph = await graphOf('staging', mail);
    const { Statement } = JSON.parse(
      String(find(graph, 'aws:iam/rolePolicy:RolePolicy', 'worker-task-mail').inputs['policy']),
    );

    expect(Statement).toEqual([
      {
        Sid: 'SendMail',
        Effect: 'Allow',
        Action: 'ses:SendEmail',
        Resource: mail.mailIdentityArn,
        Condition: { StringEquals: { 'ses:FromAddress': mail.mailFrom } },
      },
    ]);
    expect(containerOf(graph, 'worker')['environment']).toContainEqual({ name: 'MAIL_FROM', value: mail.mailFrom });
    expect(JSON.stringify(containerOf(graph, 'api'))).not.toContain('MAIL_FROM');
  });
});

describe('without a worker', () => {
  it('nothing of it is left, and the outputs name what there is', async () => {
    const graph = await graphOf('staging', { worker: 'off' });

    expect(graph.resources.filter(({ urn }) => /worker/.test(urn))).toEqual([]);
    expect(graph.outputs['services']).toEqual({ api: 'nest-fargate-staging-api' });
  });
});
