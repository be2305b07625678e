import { describe, expect, test } from 'vitest';
import { PulumiWorkspace, type UpdateResult } from '../pulumi/workspace.ts';
import type { Clock } from '../release/clock.ts';
import { applyPlan } from './apply.ts';
import { namesOf } from './names.ts';
import { type Handlers, startWireServer } from './testing/wire-server.ts';
import { shiftBack } from './traffic-shift.ts';

const names = namesOf('prod');
const serving = `sha256:${'1'.repeat(64)}`;
const coming = `sha256:${'2'.repeat(64)}`;
const deploymentArn = 'arn:aws:ecs:eu-central-1:123456789012:service-deployment/nest-fargate-prod/api/NSSyntEfP2zZ4q';

interface Situation {
  readonly strategy?: string;
  /** What ECS says at each look, the last one for ever. */
  readonly statuses: readonly string[];
  readonly sources?: readonly string[];
}

/** One service whose latest deployment brings a new revision while the one before still runs. */
function situation(
  { strategy = 'BLUE_GREEN', statuses, sources = ['arn:blue'] }: Situation,
  stopped: Pick<object[], 'push'>,
) {
  const handlers: Handlers = {
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: ['arn:api'] } }),
    DescribeServices: () => ({ body: { services: [{ serviceName: names.service('api'), status: 'ACTIVE' }] } }),
    ListServiceDeployments: () => ({ body: { serviceDeployments: [{ serviceDeploymentArn: deploymentArn }] } }),
    DescribeServiceDeployments: (_input, call) => ({
      body: {
        serviceDeployments: [
          {
            serviceDeploymentArn: deploymentArn,
            status: statuses[Math.min(call, statuses.length) - 1],
            lifecycleStage: 'BAKE_TIME',
            deploymentConfiguration: { strategy },
            sourceServiceRevisions: sources.map((arn) => ({ arn })),
            targetServiceRevision: { arn: 'arn:green' },
            rollback: { reason: 'stopped by a person.' },
          },
        ],
      },
    }),
    DescribeServiceRevisions: (input) => ({
      body: {
        serviceRevisions: (input['serviceRevisionArns'] as string[]).map((arn) => ({
          serviceRevisionArn: arn,
          taskDefinition: arn.replace('arn:', 'definition:'),
        })),
      },
    }),
    DescribeTaskDefinition: ({ taskDefinition }) => ({
      body: {
        taskDefinition: {
          containerDefinitions: [
            { name: 'api', image: `registry/app@${taskDefinition === 'definition:blue' ? serving : coming}` },
          ],
        },
      },
    }),
    BatchGetImage: () => ({ body: { images: [{ imageManifest: '{}' }] } }),
    DescribeImages: () => ({ body: { imageDetails: [{ imageDigest: serving }] } }),
    StopServiceDeployment: (input) => {
      stopped.push(input);
      return { body: { serviceDeploymentArn: deploymentArn } };
    },
  };
  return startWireServer(handlers);
}

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

describe('going back while the old fleet still runs', () => {
  test.each(['BLUE_GREEN', 'CANARY', 'LINEAR'])(
    '%s: the rollout is stopped, and the end is waited for',
    async (strategy) => {
      const stopped: object[] = [];
      const said: string[] = [];
      const statuses = ['IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL'];
      await using aws = await situation({ strategy, statuses }, stopped);
      const clock = steppingClock();

      expect(await shiftBack(aws.clients, names, serving, wait(clock, said))).toEqual(['api']);
      expect(stopped).toEqual([{ serviceDeploymentArn: deploymentArn, stopType: 'ROLLBACK' }]);
      expect(clock.waited).toBe(10_000);
      expect(said).toEqual([
        'nest-fargate-prod-api: shifting traffic back to the tasks that still run',
        'nest-fargate-prod-api: ROLLBACK_IN_PROGRESS (stopped by a person)',
        'nest-fargate-prod-api: ROLLBACK_IN_PROGRESS (stopped by a person)',
      ]);
    },
  );

  const untouched: readonly [string, string, Situation][] = [
    ['a release that is not the one before', coming, { statuses: ['IN_PROGRESS'] }],
    [
      'a rolling update, whose old tasks go as new ones come',
      serving,
      { strategy: 'ROLLING', statuses: ['IN_PROGRESS'] },
    ],
    ['a rollout that is over', serving, { statuses: ['SUCCESSFUL'] }],
    ['a rollout that ECS takes back already', serving, { statuses: ['ROLLBACK_IN_PROGRESS'] }],
    ['the first rollout, before which nothing ran', serving, { statuses: ['IN_PROGRESS'], sources: [] }],
    [
      'a rollout over a mixture of releases',
      serving,
      { statuses: ['IN_PROGRESS'], sources: ['arn:blue', 'arn:other'] },
    ],
  ];
  test.each(untouched)('is not tried for %s', async (_name, digest, state) => {
    const stopped: object[] = [];
    await using aws = await situation(state, stopped);

    expect(await shiftBack(aws.clients, names, digest, wait(steppingClock()))).toEqual([]);
    expect(stopped).toEqual([]);
  });

  test.each([
    ['fails', ['IN_PROGRESS', 'ROLLBACK_FAILED'], 'ECS says ROLLBACK_FAILED (stopped by a person).'],
    ['comes too late', ['IN_PROGRESS', 'SUCCESSFUL'], 'ECS says SUCCESSFUL (stopped by a person).'],
    ['does not end', ['IN_PROGRESS', 'ROLLBACK_REQUESTED'], 'ECS says ROLLBACK_REQUESTED (stopped by a person).'],
  ])('says so when it %s', async (_name, statuses, message) => {
    await using aws = await situation({ statuses }, []);

    await expect(shiftBack(aws.clients, names, serving, wait(steppingClock()))).rejects.toMatchObject({
      code: 'SHIFT_BACK_FAILED',
      message: `The traffic of nest-fargate-prod-api did not shift back to the tasks that still run: ${message}`,
    });
  });

  test('has nothing to do where there is no cluster', async () => {
    await using aws = await startWireServer({ DescribeClusters: () => ({ body: { clusters: [] } }) });

    expect(await shiftBack(aws.clients, names, serving, wait(steppingClock()))).toEqual([]);
  });
});

describe('bringing a release that was built before', () => {
  /** Says when it is asked to update, and does not. */
  class Engine extends PulumiWorkspace {
    readonly #asked: () => void;

    constructor(asked: () => void) {
      super({ projectDirectory: '/nowhere', environmentVariables: {}, note: () => undefined });
      this.#asked = asked;
    }

    override async up(): Promise<UpdateResult> {
      this.#asked();
      throw new Error('the engine was asked');
    }
  }

  const release = {
    version: '1.0.0',
    commit: '1'.repeat(40),
    image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/${names.repository}@${serving}`,
    digest: serving,
    migrations: [],
  };

  test.each([
    [false, ['stop', 'engine']],
    [true, ['engine']],
  ])('takes the traffic back before the engine begins, unless it builds: %j', async (build, order) => {
    const done: string[] = [];
    const stopped = { push: () => done.push('stop') };
    const statuses = ['IN_PROGRESS', 'ROLLBACK_SUCCESSFUL'];
    await using aws = await situation({ statuses }, stopped);
    const applied = applyPlan({
      details: {
        plan: {
          environment: 'prod',
          release,
          build,
          settingsHash: '',
          programCommit: release.commit,
          changes: [],
          losses: [],
        },
        config: {},
        stackExists: true,
        refresh: false,
        interrupted: [],
        asked: { adoptions: [], components: [] },
        ofWorkflows: [],
        newRoles: false,
      },
      workspace: new Engine(() => done.push('engine')),
      names,
      workflows: { environment: 'prod', repository: undefined, region: 'eu-central-1', backendUrl: undefined },
      clients: aws.clients,
      sourceClients: () => aws.clients,
      clock: steppingClock(),
      rolloutTimeoutSeconds: 60,
      progress: { step: () => undefined, detail: () => undefined },
      signal: new AbortController().signal,
      note: () => undefined,
    });

    await expect(applied).rejects.toThrow('the engine was asked');
    expect(done).toEqual(order);
  });
});
