import { PutMetricAlarmCommand, PutMetricDataCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRepositoryCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeregisterTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  ModifyDBParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../release/clock.ts';
import { rejection } from '../release/testing/rejection.ts';
import { readIdentity } from './identity.ts';
import { namesOf } from './names.ts';
import { checkAlarms, checkConnections, rollbackTargetProblems } from './preflight.ts';
import { observeRunning, targetHealth } from './running.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';

const skipped = await reasonWithoutMiniStack();
const names = namesOf('prod');
const contract = {
  processes: { api: { poolSize: 10 } },
  database: { migrationConnections: 2 },
} as unknown as Parameters<typeof checkConnections>[2];

describe.skipIf(skipped)(`what AWS says before a rollout${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let definition = '';
  const digest = `sha256:${'1'.repeat(64)}`;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
  });
  afterAll(async () => aws?.[Symbol.asyncDispose]());

  test('an environment that is not there has nothing to object', async () => {
    expect(await checkAlarms(aws.clients, names)).toEqual({ skipped: 'no service has rollback alarms yet' });
    expect(await checkConnections(aws.clients, names, contract, systemClock)).toEqual({
      skipped: 'there is no database yet',
    });
    expect(await rollbackTargetProblems(aws.clients, names)).toEqual([]);
    expect(await observeRunning(aws.clients, names, undefined)).toBeUndefined();
    expect(await readIdentity(aws.clients)).toMatchObject({ account: '000000000000' });
  });

  test('a service with its alarms, its targets and its image is seen as it is', async () => {
    const { ecs, elb, metrics } = aws.clients;
    await ecs.send(new CreateClusterCommand({ clusterName: names.cluster }));
    const registered = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: names.service('api'),
        networkMode: 'awsvpc',
        containerDefinitions: [{ name: 'api', image: `000000000000.dkr.ecr.eu-central-1.amazonaws.com/app@${digest}` }],
      }),
    );
    definition = registered.taskDefinition?.taskDefinitionArn ?? '';
    await elb.send(new CreateLoadBalancerCommand({ Name: names.loadBalancer }));
    const groups = await elb.send(
      new CreateTargetGroupCommand({ Name: 'api', Port: 3000, Protocol: 'HTTP', TargetType: 'ip' }),
    );
    const targetGroupArn = groups.TargetGroups?.[0]?.TargetGroupArn ?? '';
    for (const AlarmName of ['errors', 'slow']) {
      await metrics.send(
        new PutMetricAlarmCommand({
          AlarmName,
          Namespace: 'AWS/ApplicationELB',
          MetricName: 'HTTPCode_Target_5XX_Count',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 10,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'notBreaching',
        }),
      );
    }
    await ecs.send(
      new CreateServiceCommand({
        cluster: names.cluster,
        serviceName: names.service('api'),
        taskDefinition: definition,
        desiredCount: 3,
        deploymentConfiguration: { alarms: { enable: true, rollback: true, alarmNames: ['errors', 'slow'] } },
      }),
    );
    const observed = await observeRunning(aws.clients, names, 'api.example.com');
    expect(observed?.url).toBe('https://api.example.com');
    expect(observed?.services).toEqual([
      {
        name: 'api',
        desired: 3,
        revision: definition,
        tasks: Array(3).fill({ id: expect.any(String), digest, healthy: true, startedAt: expect.any(String) }),
      },
    ]);
    expect((await observeRunning(aws.clients, names, undefined))?.url).toMatch(
      /^http:\/\/nest-fargate-prod-.*amazonaws\.com$/,
    );

    await elb.send(
      new RegisterTargetsCommand({ TargetGroupArn: targetGroupArn, Targets: [{ Id: '10.0.0.7', Port: 3000 }] }),
    );
    const health = await targetHealth(aws.clients, { loadBalancers: [{ targetGroupArn }] });
    expect(health?.get('10.0.0.7')?.state).toBe('healthy');
  });

  test('an alarm that fires forbids a rollout, and is named with its reason', async () => {
    expect(await checkAlarms(aws.clients, names)).toEqual({ value: 'none of 2 is firing' });
    await aws.clients.metrics.send(
      new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: '12 errors in a minute' }),
    );
    const failure = await rejection(checkAlarms(aws.clients, names));
    expect(failure.code).toBe('ALARM_FIRING');
    expect(failure.message).toBe('An alarm that guards the rollout is already firing: errors.');
    expect(failure.details).toBe('errors: 12 errors in a minute');
  });

  test('a database without connections for a rollout forbids it, with the sum', async () => {
    const { rds, metrics } = aws.clients;
    await rds.send(
      new CreateDBParameterGroupCommand({
        DBParameterGroupName: 'prod',
        DBParameterGroupFamily: 'postgres17',
        Description: 'x',
      }),
    );
    await rds.send(
      new ModifyDBParameterGroupCommand({
        DBParameterGroupName: 'prod',
        Parameters: [{ ParameterName: 'max_connections', ParameterValue: '60', ApplyMethod: 'pending-reboot' }],
      }),
    );
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: names.database,
        DBInstanceClass: 'db.t4g.micro',
        Engine: 'postgres',
        MasterUsername: 'postgres',
        MasterUserPassword: 'only-for-this-test',
        AllocatedStorage: 20,
        DBParameterGroupName: 'prod',
      }),
    );
    const connections = (value: number) =>
      metrics.send(
        new PutMetricDataCommand({
          Namespace: 'AWS/RDS',
          MetricData: [
            {
              MetricName: 'DatabaseConnections',
              Dimensions: [{ Name: 'DBInstanceIdentifier', Value: names.database }],
              Timestamp: new Date(),
              Value: value,
            },
          ],
        }),
      );
    await connections(28);
    expect(await checkConnections(aws.clients, names, contract, systemClock)).toEqual({
      value: '32 of 60 free, a rollout needs up to 32',
    });
    await connections(29);
    const failure = await rejection(checkConnections(aws.clients, names, contract, systemClock));
    expect(failure.code).toBe('CONNECTIONS_SHORT');
    expect(failure.message).toBe('The database has 31 of 60 connections left; a rollout needs up to 32.');
  });

  test('says what cannot be rolled back to: an image that is gone, a revision that was deregistered', async () => {
    expect(await rollbackTargetProblems(aws.clients, names)).toEqual([
      `api: The image of what runs is no longer in the registry: app has no ${digest}.`,
    ]);
    await aws.clients.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    await aws.clients.ecr.send(
      new PutImageCommand({
        repositoryName: 'app',
        imageManifest: '{"schemaVersion":2}',
        imageDigest: digest,
        imageTag: 'x',
      }),
    );
    expect(await rollbackTargetProblems(aws.clients, names)).toEqual([]);
    await aws.clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: definition }));
    expect(await rollbackTargetProblems(aws.clients, names)).toEqual([
      `api: its task definition ${definition} was deregistered`,
    ]);
  });
});
