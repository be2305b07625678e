import { describe, expect, it } from 'vitest';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { UserError } from '../../messages/user-error.ts';
import { exampleFacts } from '../testing/example-facts.ts';
import { type ExampleChanges, exampleGraph } from '../testing/example-graph.ts';
import type { LocalFacts } from './local-facts.ts';
import { parseProgram } from './program.ts';
import { labelNames, renderStack, type SwarmService } from './stack-document.ts';
import { renderStacks } from './stacks.ts';
import { watchedBriefly } from './swarm-service.ts';

function render(changes: ExampleChanges = {}, facts: Partial<LocalFacts> = {}) {
  return renderStacks(parseProgram(exampleGraph(changes)), { ...exampleFacts, ...facts });
}

function api(changes: ExampleChanges = {}, facts: Partial<LocalFacts> = {}): SwarmService {
  const service = render(changes, facts).services.services['api'];
  if (service === undefined) throw new Error('no service api');
  return service;
}

const revisionOf = ({ labels }: SwarmService) => labels[labelNames.revision];

describe('a service', () => {
  it('runs its image by id, as its own user, with its limits and its stop timeout', () => {
    expect(api()).toMatchObject({
      image: 'sha256:aaaa',
      command: ['node', 'dist/main.js'],
      user: '10001:10001',
      init: true,
      read_only: true,
      stop_grace_period: '35s',
      deploy: { replicas: 2, endpoint_mode: 'dnsrr', resources: { limits: { memory: '512M', cpus: '0.25' } } },
    });
  });

  it('gets what the program knows of other resources as it is on this machine', () => {
    expect(api().environment).toEqual({
      DATABASE_HOST: 'database',
      DATABASE_PASSWORD: expect.stringMatching(/^\$\{STACK_SECRET_DATABASE_PASSWORD\}$/),
      PRICE: '5$$',
      RELEASE_IMAGE: 'example/staging:1.0.0-a',
    });
  });

  it('is watched for a moment when it comes back, and is the same service', () => {
    const { services } = render();
    const brief = watchedBriefly(services).services['api'];
    const usual = services.services['api'];
    expect(brief?.deploy.update_config.monitor).toBe('500ms');
    expect(usual?.deploy).toMatchObject({ update_config: { monitor: '3s' }, rollback_config: { monitor: '500ms' } });
    expect(brief?.deploy.labels).toEqual(usual?.deploy.labels);
  });

  it('has no secret in its document', () => {
    expect(renderStack(render().services)).not.toMatch(/password: (?!\$\{)/i);
  });

  it.each([
    ['all at once where there is room for as many again', 100, 200, { order: 'start-first', parallelism: 2 }],
    ['one by one where there is room for one', 100, 150, { order: 'start-first', parallelism: 1 }],
    ['stopping first where there is no room', 50, 100, { order: 'stop-first', parallelism: 1 }],
  ])('is rolled out %s', (_, minimum, maximum, expected) => {
    const service = { deploymentMinimumHealthyPercent: minimum, deploymentMaximumPercent: maximum };
    expect(api({ service }).deploy.update_config).toMatchObject({ ...expected, failure_action: 'rollback' });
  });

  it('is not rolled back by itself where the circuit breaker does not', () => {
    const service = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    expect(api({ service }).deploy.update_config.failure_action).toBe('pause');
  });

  it('has memory-backed folders where a task definition mounts empty volumes', () => {
    const changes = {
      task: { volumes: [{ name: 'scratch' }] },
      container: { mountPoints: [{ sourceVolume: 'scratch', containerPath: '/tmp' }] },
    };
    expect(api(changes).volumes).toEqual([{ type: 'tmpfs', target: '/tmp' }]);
  });
});

describe('a revision', () => {
  it.each<[string, ExampleChanges, Partial<LocalFacts>]>([
    ['memory', { container: { memory: 768 } }, {}],
    ['a variable', { container: { environment: [{ name: 'PRICE', value: '6$' }] } }, {}],
    ['the image', {}, { release: { ...exampleFacts.release, digest: 'sha256:cccc' } }],
    ['a secret', {}, { secretFingerprints: { 'database-password': 'another' } }],
    ['the grace period', { service: { healthCheckGracePeriodSeconds: 90 } }, {}],
  ])('changes with %s', (_, changes, facts) => {
    expect(revisionOf(api(changes, facts))).not.toBe(revisionOf(api()));
  });

  it('stays when a secret changes that its container does not name', () => {
    const facts = { secretFingerprints: { ...exampleFacts.secretFingerprints, 'signing-key': 'another' } };
    expect(revisionOf(api({}, facts))).toBe(revisionOf(api()));
  });

  it('stays when only the number of tasks changes, so that no running task is replaced', () => {
    const scaled = api({ service: { desiredCount: 3 } });
    expect(revisionOf(scaled)).toBe(revisionOf(api()));
    expect(scaled.deploy.labels[labelNames.rendered]).not.toBe(api().deploy.labels[labelNames.rendered]);
  });

  it('is the same for the same program and facts', () => {
    expect(renderStack(render().services)).toBe(renderStack(render().services));
  });
});

describe('the migration', () => {
  it('is a container of the same image with the limits of its own task definition', () => {
    expect(render().migrations).toMatchObject([
      { name: 'migrate', container: { image: 'sha256:aaaa', command: ['node', 'dist/migrate.js'], memoryMiB: 512 } },
    ]);
  });
});

describe('a migration that has run', () => {
  const identityOf = async (config: Readonly<Record<string, string>>, release: LocalFacts['release']) => {
    const program = parseProgram(await graphOf('staging', config));
    return renderStacks(program, { ...exampleFacts, release }).migrations.map(({ identity }) => identity);
  };

  it('is the same when its release comes back pinned, so that a rollback does not run it again', async () => {
    const { release } = exampleFacts;
    const digest = `sha256:${'a'.repeat(64)}`;
    const built = { ...release, digest };
    const pinned = { ...built, image: `example.com/api@${digest}`, commit: 'a'.repeat(40), migrations: [] };
    const identity = await identityOf({ releaseSource: 'build' }, built);
    expect(identity).toHaveLength(1);
    expect(await identityOf({ release: JSON.stringify(pinned) }, pinned)).toEqual(identity);
    expect(await identityOf({ releaseSource: 'build' }, release)).not.toEqual(identity);
  });
});

describe('what is not understood', () => {
  it.each<[string, ExampleChanges, RegExp]>([
    ['an unknown key of a container', { container: { dependsOn: [] } }, /dependsOn/],
    ['no memory limit', { container: { memory: undefined } }, /memory/],
    ['no stop timeout', { container: { stopTimeout: undefined } }, /stopTimeout/],
    ['a second container', { task: { containerDefinitions: '[{},{}]' } }, /containerDefinitions/],
    ['a volume with a source', { task: { volumes: [{ name: 'x', efsVolumeConfiguration: {} }] } }, /volumes/],
    ['an unknown volume', { container: { mountPoints: [{ sourceVolume: 'x', containerPath: '/x' }] } }, /mountPoints/],
    [
      'an unbound output',
      { container: { environment: [{ name: 'A', value: '@{aws:sqs/queue:Queue::q::url}' }] } },
      /sqs/,
    ],
    ['no health check', { container: { healthCheck: undefined } }, /healthCheck/],
    [
      'another secret store',
      { container: { secrets: [{ name: 'A', valueFrom: '@{aws:ssm/parameter:Parameter::p::arn}' }] } },
      /ssm/,
    ],
    ['no way to roll out', { service: { deploymentMaximumPercent: 100 } }, /percentages/],
    ['a rule of the listener', { listener: { defaultActions: [{ type: 'fixed-response' }] } }, /forwards/],
    ['another database engine', { database: { engine: 'mysql' } }, /mysql/],
    ['an unknown instance class', { database: { instanceClass: 'db.x9.huge' } }, /db\.x9\.huge/],
    [
      'a check that wants more than 200',
      { targetGroup: { healthCheck: { path: '/', matcher: '200-299' } } },
      /matcher/,
    ],
  ])('is an error: %s', (_, changes, names) => {
    const error = refusal(changes);
    expect(error.code).toBe('NOT_TRANSLATABLE');
    expect(`${error.message} ${error.rule}`).toMatch(names);
  });
});

function refusal(changes: ExampleChanges): UserError {
  try {
    render(changes);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was translated');
}
