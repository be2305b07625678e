import { describe, expect, test } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import type { Clock } from '../release/clock.ts';
import { awaitRollout, judgeRollout, type RolloutState } from './rollout.ts';
import { startWireServer } from './testing/wire-server.ts';

const cluster = 'nest-fargate-prod';
const definition = (revision: number) =>
  `arn:aws:ecs:eu-central-1:123456789012:task-definition/nest-fargate-prod-api:${revision}`;
const asked = { name: 'nest-fargate-prod-api', cluster, taskDefinition: definition(8) };
const deploymentArn =
  'arn:aws:ecs:eu-central-1:123456789012:service-deployment/nest-fargate-prod/api/NSSyntEfP2zZ4qPTT6Wl3';

/** As DescribeServices answers, cut to what is looked at. */
function service(revision: number, rest: object = {}) {
  return {
    serviceName: asked.name,
    status: 'ACTIVE',
    taskDefinition: definition(revision),
    desiredCount: 2,
    runningCount: 2,
    deployments: [
      {
        id: 'ecs-svc/1',
        status: 'PRIMARY',
        taskDefinition: definition(revision),
        desiredCount: 2,
        runningCount: 2,
        rolloutState: 'COMPLETED' as const,
      },
    ],
    ...rest,
  };
}

describe('verdict on a rollout', () => {
  const table: readonly [string, Partial<RolloutState>, object][] = [
    ['the asked revision runs as often as desired', { service: service(8) }, { state: 'done' }],
    ['no such service', { service: undefined }, { state: 'failed', why: 'ECS has no service nest-fargate-prod-api' }],
    [
      'ECS runs the revision before, although it says COMPLETED',
      { service: service(7) },
      { state: 'failed', why: 'ECS runs nest-fargate-prod-api:7, not nest-fargate-prod-api:8' },
    ],
    [
      'the circuit breaker rolled it back',
      {
        service: service(7),
        deployment: {
          status: 'ROLLBACK_SUCCESSFUL',
          rollback: { reason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.' },
          deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
        },
      },
      {
        state: 'failed',
        why: 'ECS rolled it back: Service deployment rolled back because the circuit breaker threshold was exceeded; 3 of at most 3 tasks failed',
      },
    ],
    [
      'an alarm rolled it back, and the rollback is in progress',
      {
        service: service(7),
        deployment: {
          status: 'ROLLBACK_IN_PROGRESS',
          rollback: { reason: 'alarm' },
          alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['nest-fargate-prod-api-5xx'] },
        },
      },
      { state: 'failed', why: 'ECS rolled it back: alarm; alarms: nest-fargate-prod-api-5xx' },
    ],
    [
      'a person stopped it',
      { service: service(8), deployment: { status: 'STOPPED', statusReason: 'stopped by user' } },
      { state: 'failed', why: 'ECS rolled it back: stopped by user' },
    ],
    [
      'failed without a rollback',
      {
        service: service(8, {
          deployments: [
            {
              status: 'PRIMARY',
              taskDefinition: definition(8),
              rolloutState: 'FAILED',
              rolloutStateReason: 'tasks failed to start.',
            },
          ],
        }),
      },
      { state: 'failed', why: 'ECS failed it: tasks failed to start.' },
    ],
    [
      'the latest revision was made of another task definition, by another hand',
      { service: service(8), deployment: { status: 'SUCCESSFUL' }, revision: { taskDefinition: definition(9) } },
      {
        state: 'failed',
        why: 'the latest service revision is of nest-fargate-prod-api:9, not nest-fargate-prod-api:8',
      },
    ],
    [
      'under way',
      { service: service(8, { runningCount: 1 }), deployment: { status: 'IN_PROGRESS' } },
      { state: 'rolling', detail: '2 of 2 tasks run' },
    ],
    [
      'both fleets of a traffic shift run, and the old one is kept for a while',
      { service: service(8, { runningCount: 4 }), deployment: { status: 'IN_PROGRESS', lifecycleStage: 'BAKE_TIME' } },
      { state: 'rolling', detail: '2 of 2 tasks run, bake time' },
    ],
    [
      'completed, and then a task went',
      { service: service(8, { runningCount: 1 }) },
      { state: 'rolling', detail: '2 of 2 tasks run' },
    ],
  ];
  test.each(table)('%s', (_name, state, verdict) => {
    expect(judgeRollout({ service: undefined, deployment: undefined, revision: undefined, ...state }, asked)).toEqual(
      verdict,
    );
  });
});

/** A clock that a wait moves forward by itself. */
function steppingClock(): Clock & { waited: number } {
  return {
    waited: 0,
    now() {
      return this.waited;
    },
    async sleep(milliseconds) {
      this.waited += milliseconds;
    },
  };
}

const wait = (clock: Clock, said: string[] = []) => ({
  clock,
  signal: new AbortController().signal,
  timeoutSeconds: 60,
  say: (line: string) => void said.push(line),
});

describe('waiting for a rollout', () => {
  test('polls until ECS is done, saying how far it is', async () => {
    await using aws = await startWireServer({
      DescribeServices: () => ({ body: { services: [service(8)] } }),
      ListServiceDeployments: () => ({
        body: { serviceDeployments: [{ serviceDeploymentArn: deploymentArn, createdAt: 1_795_000_000 }] },
      }),
      DescribeServiceDeployments: (_input, call) => ({
        body: {
          serviceDeployments: [
            { status: call < 3 ? 'IN_PROGRESS' : 'SUCCESSFUL', targetServiceRevision: { arn: 'arn:revision' } },
          ],
        },
      }),
      DescribeServiceRevisions: () => ({ body: { serviceRevisions: [{ taskDefinition: definition(8) }] } }),
    });
    const clock = steppingClock();
    const said: string[] = [];
    await awaitRollout(aws.clients, asked, wait(clock, said));
    expect(said).toEqual(['nest-fargate-prod-api: 2 of 2 tasks run', 'nest-fargate-prod-api: 2 of 2 tasks run']);
    expect(clock.waited).toBe(10_000);
  });

  test('looks at the newest of several deployments', async () => {
    const asks: unknown[] = [];
    await using aws = await startWireServer({
      DescribeServices: () => ({ body: { services: [service(8)] } }),
      ListServiceDeployments: () => ({
        body: {
          serviceDeployments: [
            { serviceDeploymentArn: 'arn:old', createdAt: 1_795_000_000, status: 'ROLLBACK_SUCCESSFUL' },
            { serviceDeploymentArn: 'arn:new', createdAt: 1_795_000_100, status: 'SUCCESSFUL' },
          ],
        },
      }),
      DescribeServiceDeployments: (input) => {
        asks.push(input['serviceDeploymentArns']);
        return { body: { serviceDeployments: [{ status: 'SUCCESSFUL' }] } };
      },
    });
    await awaitRollout(aws.clients, asked, wait(steppingClock()));
    expect(asks).toEqual([['arn:new']]);
  });

  test('rejects with what ECS says when the revision was rolled back', async () => {
    await using aws = await startWireServer({
      DescribeServices: () => ({ body: { services: [service(7)] } }),
      ListServiceDeployments: () => ({ body: { serviceDeployments: [{ serviceDeploymentArn: deploymentArn }] } }),
      DescribeServiceDeployments: () => ({
        body: { serviceDeployments: [{ status: 'ROLLBACK_SUCCESSFUL', rollback: { reason: 'circuit breaker' } }] },
      }),
    });
    await expect(awaitRollout(aws.clients, asked, wait(steppingClock()))).rejects.toMatchObject({
      code: 'ROLLED_BACK',
      message: 'nest-fargate-prod-api does not run nest-fargate-prod-api:8: ECS rolled it back: circuit breaker.',
    });
  });

  test('gives up when the time is over', async () => {
    await using aws = await startWireServer({
      DescribeServices: () => ({ body: { services: [service(8, { runningCount: 0 })] } }),
      ListServiceDeployments: () => ({ body: { serviceDeployments: [] } }),
    });
    const clock = steppingClock();
    await expect(awaitRollout(aws.clients, asked, wait(clock))).rejects.toMatchObject({ code: 'ROLLOUT_TIMEOUT' });
    expect(clock.waited).toBe(60_000);
  });

  test('outlasts throttling', async () => {
    await using patient = await startWireServer({
      DescribeServices: (_input, call) =>
        call < 3 ? { error: 'ThrottlingException', message: 'Rate exceeded' } : { body: { services: [service(8)] } },
      ListServiceDeployments: () => ({ body: { serviceDeployments: [] } }),
    });
    await awaitRollout(patient.clients, asked, wait(steppingClock()));
    expect(patient.calls.filter((call) => call === 'DescribeServices')).toHaveLength(3);
  });

  test('names a permission that is missing', async () => {
    await using aws = await startWireServer({
      DescribeServices: () => ({
        error: 'AccessDeniedException',
        message:
          'User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecs:DescribeServices on resource: *',
      }),
    });
    const failure = await awaitRollout(aws.clients, asked, wait(steppingClock())).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({
      code: 'AWS_PERMISSION',
      message: 'The AWS credentials lack the permission ecs:DescribeServices.',
    });
  });
});
