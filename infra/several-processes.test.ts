import { describe, expect, it } from 'vitest';
import { ofType } from './graph/query.ts';
import type { Graph } from './graph/record.ts';
import { rules } from './policy/rules.ts';
import { containerOf, find } from './testing/find.ts';
import { graphOf } from './testing/graph-of.ts';

/** An app whose processes have names of its own. */
const graph = (config: Readonly<Record<string, string>> = {}) =>
  graphOf('staging', { appDirectory: 'scripts/testing/several-processes-app', ...config });
const serviceType = 'aws:ecs/service:Service';
const names = (given: Graph, type: string) =>
  ofType(given, type)
    .map(({ name }) => name)
    .toSorted();

describe('processes by name', () => {
  it('are a service each, with the command, the size and the stop budget of that process', async () => {
    const given = await graph({ mailerMemoryMiB: '1024', mailerLongestJobSeconds: '60', mailerConcurrency: '3' });

    expect(names(given, serviceType)).toEqual(['admin', 'mailer', 'web']);
    expect(containerOf(given, 'mailer')).toMatchObject({
      command: ['node', 'dist/mailer.js'],
      memory: 1024,
      stopTimeout: 67,
      environment: expect.arrayContaining([
        { name: 'JOBS', value: '3' },
        { name: 'PROCESS', value: 'mailer' },
      ]),
    });
    expect(containerOf(given, 'web')).toMatchObject({
      command: ['node', 'dist/http.js'],
      memory: 512,
      stopTimeout: 35,
    });
    expect(given.outputs['services']).toHaveProperty('mailer');
    expect(given.outputs['logGroups']).toHaveProperty('mailer');
  });

  it('are scaled by what the manifest says', async () => {
    const policies = names(await graph(), 'aws:appautoscaling/policy:Policy');

    expect(policies).toEqual([
      'admin-cpu',
      'admin-memory',
      'admin-requests',
      'mailer-cpu',
      'web-cpu',
      'web-memory',
      'web-requests',
    ]);
  });

  it('have alarms by their names, those of a queue only where the process takes jobs', async () => {
    const alarms = names(await graph(), 'aws:cloudwatch/metricAlarm:MetricAlarm');

    expect(alarms).toEqual(
      expect.arrayContaining(['web-5xx', 'web-latency-p99', 'web-no-task', 'mailer-cpu', 'mailer-no-task']),
    );
    expect(alarms.filter((name) => /api|worker|queue/.test(name))).toEqual([]);
  });

  it('get the requests of their routes, each from a target group of its own', async () => {
    const given = await graph();
    const rule = find(given, 'aws:lb/listenerRule:ListenerRule', 'edge-admin').inputs;
    const group = find(given, 'aws:lb/targetGroup:TargetGroup', 'edge-admin').inputs;

    expect(rule['conditions']).toEqual([{ pathPattern: { values: ['/admin', '/admin/*'] } }]);
    expect(rule['actions']).toEqual([
      { type: 'forward', targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge-admin::arn}' },
    ]);
    expect(group).toMatchObject({ port: 8081, healthCheck: { path: '/admin/readyz' } });
    expect(find(given, serviceType, 'admin').inputs['loadBalancers']).toMatchObject([
      {
        targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge-admin::arn}',
        containerName: 'admin',
        containerPort: 8081,
      },
    ]);
    expect(find(given, serviceType, 'admin').inputs['alarms']).toMatchObject({
      alarmNames: ['nest-fargate-staging-admin-5xx', 'nest-fargate-staging-admin-latency-p99'],
    });
    expect(find(given, 'aws:cloudwatch/metricAlarm:MetricAlarm', 'admin-5xx').inputs['dimensions']).toHaveProperty(
      'TargetGroup',
      '@{aws:lb/targetGroup:TargetGroup::edge-admin::arnSuffix}',
    );
  });

  it('keep their routes before those of a traffic shift, which matches every request', async () => {
    const given = await graph({ deploymentStrategy: 'blue-green' });
    const priorityOf = (name: string) =>
      Number(find(given, 'aws:lb/listenerRule:ListenerRule', name).inputs['priority']);

    expect(priorityOf('edge-admin')).toBeLessThan(priorityOf('edge-test'));
    expect(priorityOf('edge-test')).toBeLessThan(priorityOf('edge-production'));
  });

  it('start on a schedule, after the migrations, as a task that may do what its process may', async () => {
    const given = await graph({ heartbeatMemoryMiB: '1024', heartbeatLongestJobSeconds: '90' });
    const schedule = find(given, 'aws:scheduler/schedule:Schedule', 'heartbeat').inputs;

    expect(schedule).toMatchObject({
      scheduleExpression: 'cron(* * * * ? *)',
      scheduleExpressionTimezone: 'Europe/Berlin',
      target: {
        ecsParameters: {
          taskDefinitionArn: '@{aws:ecs/taskDefinition:TaskDefinition::heartbeat::arn}',
          networkConfiguration: { securityGroups: ['@{aws:ec2/securityGroup:SecurityGroup::heartbeat::id}'] },
        },
      },
    });
    expect(containerOf(given, 'heartbeat')).toMatchObject({ memory: 1024, stopTimeout: 97 });
    expect(containerOf(given, 'heartbeat')).not.toHaveProperty('healthCheck');
    expect(names(given, serviceType)).not.toContain('heartbeat');
    const policy = JSON.parse(
      String(find(given, 'aws:iam/rolePolicy:RolePolicy', 'heartbeat-schedule').inputs['policy']),
    ).Statement;
    expect(policy.map(({ Action }: { Action: string }) => Action)).toEqual([
      'ecs:RunTask',
      'ecs:TagResource',
      'iam:PassRole',
    ]);
  });

  it('alarm when a run on schedule fails or is never started, and only then', async () => {
    const given = await graph();
    const { eventPattern, name } = find(given, 'aws:cloudwatch/eventRule:EventRule', 'heartbeat-failed').inputs;
    const alarm = (logical: string) => find(given, 'aws:cloudwatch/metricAlarm:MetricAlarm', logical).inputs;
    const target = find(given, 'aws:scheduler/schedule:Schedule', 'heartbeat').inputs['target'];

    expect(target).toMatchObject({ ecsParameters: { group: 'nest-fargate-staging-heartbeat-schedule' } });
    expect(JSON.parse(String(eventPattern)).detail).toMatchObject({
      lastStatus: ['STOPPED'],
      // Not those that a person starts, which are in the group of their family.
      group: ['nest-fargate-staging-heartbeat-schedule'],
      $or: [
        { stopCode: [{ 'anything-but': ['EssentialContainerExited'] }] },
        { containers: { name: ['heartbeat'], exitCode: [{ 'anything-but': [0] }] } },
      ],
    });
    expect(alarm('heartbeat-failed')).toMatchObject({
      metricName: 'TriggeredRules',
      dimensions: { RuleName: name },
      treatMissingData: 'notBreaching',
    });
    expect(find(given, 'aws:cloudwatch/eventTarget:EventTarget', 'heartbeat-failed').inputs['arn']).toContain(
      'logGroup',
    );
    expect(
      find(given, 'aws:cloudwatch/logResourcePolicy:LogResourcePolicy', 'stopped-tasks').inputs['policyDocument'],
    ).toContain('heartbeat-failed');
    // CloudWatch counts by group only, and the default group has schedules of others.
    expect(find(given, 'aws:scheduler/scheduleGroup:ScheduleGroup', 'schedules').inputs['name']).toBe(
      'nest-fargate-staging',
    );
    expect(alarm('schedules-dropped')['dimensions']).toEqual({ ScheduleGroup: 'nest-fargate-staging' });
    expect(ofType(await graphOf('staging'), 'aws:scheduler/scheduleGroup:ScheduleGroup')).toEqual([]);
    expect(names(given, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter((each) => /import/.test(each))).toEqual([]);
  });

  it('are there to be run by name', async () => {
    const { outputs } = await graph();

    expect(outputs['oneOffTasks']).toEqual({
      import: expect.objectContaining({
        taskDefinition: '@{aws:ecs/taskDefinition:TaskDefinition::import::arn}',
        container: 'import',
      }),
      heartbeat: expect.objectContaining({
        taskDefinition: '@{aws:ecs/taskDefinition:TaskDefinition::heartbeat::arn}',
        container: 'heartbeat',
      }),
    });
    expect(outputs['logGroups']).toHaveProperty('import');
    expect(outputs['services']).not.toHaveProperty('import');
  });

  it('may be deployed by the workflows, and write their logs', async () => {
    const given = await graph({ githubRepository: 'example/shop' });
    const textOf = (name: string) => String(find(given, 'aws:iam/policy:Policy', name).inputs['policy']);

    expect(textOf('ci-deploy-compute')).toContain('task-definition/nest-fargate-staging-mailer:*');
    expect(textOf('ci-deploy-roles')).toContain('role/nest-fargate-staging-mailer-task');
    expect(textOf('boundary')).toContain('log-group:/ecs/nest-fargate-staging-mailer:*');
    expect(textOf('ci-deploy-compute')).toContain('schedule/nest-fargate-staging/nest-fargate-staging-heartbeat');
    expect(textOf('ci-deploy-compute')).toContain('schedule-group/nest-fargate-staging');
    expect(textOf('ci-deploy-observability')).toContain('rule/nest-fargate-staging-heartbeat-failed');
    expect(textOf('ci-deploy-roles')).toContain('role/nest-fargate-staging-heartbeat-schedule');
    expect(textOf('boundary')).toContain('task-definition/nest-fargate-staging-heartbeat:*');
  });

  it('break no rule of the policy pack', async () => {
    const found = (await graph()).resources.flatMap(({ type, name, inputs }) =>
      rules.flatMap((rule) => rule.check({ type, name, inputs })),
    );

    expect(found).toEqual([]);
  });

  it('have no setting of a process that the app does not have', async () => {
    await expect(graph({ mailerMemoryMib: '1024' })).rejects.toThrow(/mailerMemoryMib is "1024"/);
    await expect(graph({ malerMemoryMiB: '1024' })).rejects.toThrow(
      /malerMemoryMiB is "1024"\n {4}It must be of a process of the app’s manifest: webMemoryMiB, adminMemoryMiB, mailerMemoryMiB, heartbeatMemoryMiB, importMemoryMiB\.\n {4}Did you mean mailerMemoryMiB/,
    );
    await expect(graph({ mailerCpuUnits: '300' })).rejects.toThrow(
      /mailerCpuUnits is "300"\n {4}It must be one of 256/,
    );
    await expect(graph({ mailerDesiredCount: '3', mailerMaxCount: '2' })).rejects.toThrow(
      /mailerMaxCount is "2"\n {4}It must be at least mailerDesiredCount \(3\)/,
    );
  });
});
