import { describe, expect, it } from 'vitest';
import { type Current, nothing } from '../observe/current.ts';
import { describeDrift } from '../observe/drift.ts';
import type { SwarmServiceState, SwarmTask } from '../swarm/swarm.ts';
import { exampleFacts } from '../testing/example-facts.ts';
import { type ExampleChanges, exampleGraph } from '../testing/example-graph.ts';
import { exampleService, exampleTask } from '../testing/example-swarm.ts';
import { parseProgram } from '../translate/program.ts';
import { labelNames, type StackDocument, type SwarmService } from '../translate/stack-document.ts';
import { renderStacks } from '../translate/stacks.ts';
import { describeChanges, describeLosses, expectedServices, type Proposal } from './changes.ts';

function propose(changes: ExampleChanges = {}, digest = 'sha256:aaaa'): Proposal {
  const program = parseProgram(exampleGraph(changes));
  const release = { ...exampleFacts.release, digest };
  return {
    program,
    stacks: renderStacks(program, { ...exampleFacts, release }),
    version: release.version,
    build: digest === '',
    port: 8080,
    engine: [],
    migrated: true,
    loadBalancerRendered: 'balancer',
  };
}

/** The engine after a proposal was carried out. */
function carriedOut({ stacks }: Proposal): Current {
  const live = [
    ...liveServices(stacks.names.stack, stacks.services),
    ...liveServices(stacks.names.dataStack, stacks.data),
  ];
  return {
    ...nothing,
    swarm: true,
    network: true,
    volume: 'made at noon',
    services: live.map(({ service }) => service),
    tasks: new Map(live.map(({ service, tasks }) => [service.name, tasks])),
    loadBalancer: { running: true, rendered: 'balancer', port: 8080, statisticsPort: 1 },
    loadedConfig: stacks.haproxyConfig,
    deployed: { release: exampleFacts.release, port: 8080, settingsHash: '', services: stacks.services },
    migrated: '{}',
  };
}

function liveServices(stack: string, document: StackDocument | undefined) {
  if (document === undefined) return [];
  return expectedServices(stack, document).map((expected): { service: SwarmServiceState; tasks: SwarmTask[] } => {
    const definition = document.services[expected.name] as SwarmService;
    const environment = { ...definition.environment, DATABASE_PASSWORD: 'secret', PRICE: '5$' };
    return {
      service: exampleService({
        name: expected.swarmName,
        labels: definition.deploy.labels,
        replicas: expected.replicas,
        container: { image: definition.image, environment, memoryMiB: 512, cpus: 0.25, stopGraceSeconds: 35 },
      }),
      tasks: Array.from({ length: expected.replicas }, (_, index) =>
        exampleTask({ slot: index + 1, revision: expected.revision }),
      ),
    };
  });
}

const changesOf = (proposal: Proposal, current: Current) => describeChanges(proposal, current);

describe('what an up would do', () => {
  it('is everything on a machine that has nothing', () => {
    const proposal = { ...propose({}, ''), engine: ['install or start Docker'], migrated: false };
    expect(changesOf(proposal, nothing)).toEqual([
      'install or start Docker',
      'build the image of 1.0.0-a',
      'create the network example-staging',
      'create Postgres 17 (1024 MiB, 80 connections)',
      'run the migrations of 1.0.0-a',
      'create the load balancer at http://127.0.0.1:8080',
      'create the service api: 2 tasks of 1.0.0-a',
    ]);
  });

  it('is nothing after it was done', () => {
    expect(changesOf(propose(), carriedOut(propose()))).toEqual([]);
  });

  it('is nothing for Prometheus where nobody asked for it, or where it has these alarms', () => {
    const proposed = propose();
    const current = carriedOut(proposed);
    const load = 'load the alarms of the program into Prometheus';
    expect(describeChanges(proposed, current)).toEqual([]);
    expect(describeChanges({ ...proposed, givenAlarms: proposed.program.alarms }, current)).toEqual([]);
    const other = {
      name: 'api-cpu',
      condition: '',
      description: '',
      runbook: '',
      guards: [],
      evaluationSeconds: 5,
      rule: { nothing: 'x' },
    };
    expect(describeChanges({ ...proposed, givenAlarms: [other] }, current)).toEqual([load]);
  });

  it('names what changes about a service', () => {
    const next = propose({ container: { memory: 1024, stopTimeout: 60 }, service: { desiredCount: 3 } });
    expect(changesOf(next, carriedOut(propose()))).toEqual([
      'update the service api: memory limit 512M → 1024M, desired count 2 → 3, stop timeout 35s → 60s',
    ]);
  });

  it('names variables, never their values', () => {
    const next = propose({ container: { environment: [{ name: 'PRICE', value: '6$' }] } });
    expect(changesOf(next, carriedOut(propose()))).toEqual([
      'update the service api: variables DATABASE_HOST, PRICE, RELEASE_IMAGE',
    ]);
  });

  it('takes back what somebody changed by hand', () => {
    const current = carriedOut(propose());
    const services = current.services.map((service) =>
      service.name.endsWith('_api') ? { ...service, container: { ...service.container, memoryMiB: 2048 } } : service,
    );
    expect(changesOf(propose(), { ...current, services })).toEqual([
      'restore the service api: memory limit is 2048M, not 512M',
    ]);
  });

  it('waits for tasks that are missing', () => {
    const current = carriedOut(propose());
    const tasks = new Map(
      [...current.tasks].map(([name, found]) => [name, name.endsWith('_api') ? found.slice(1) : found]),
    );
    expect(changesOf(propose(), { ...current, tasks })).toEqual([
      'wait for the service api, whose tasks are not all ready',
    ]);
  });

  it('says that another major version of the database starts empty, and that one which goes takes its data along', () => {
    const current = carriedOut(propose());
    expect(describeLosses(propose(), current)).toEqual([]);
    expect(describeLosses(propose({ database: { engineVersion: '16' } }), current)).toEqual([
      { name: 'database', change: 'replace Postgres 17 by Postgres 16, which starts empty' },
    ]);
    const { data: _, ...stacks } = propose().stacks;
    expect(describeLosses({ stacks }, current)).toEqual([
      { name: 'database', change: 'remove Postgres 17 with its data' },
    ]);
  });

  it('removes a service that the program no longer has', () => {
    const current = carriedOut(propose());
    const worker = exampleService({
      name: 'example-staging_worker',
      labels: { [labelNames.release]: '1.0.0-a', [labelNames.service]: 'worker' },
    });
    expect(changesOf(propose(), { ...current, services: [...current.services, worker] })).toEqual([
      'remove the service worker',
    ]);
  });

  it('loads another configuration, starts a stopped load balancer, replaces one of another port', () => {
    const current = carriedOut(propose());
    const balancer = { running: true, rendered: 'balancer', port: 8080, statisticsPort: 1 };
    const lines = [
      changesOf(propose(), { ...current, loadedConfig: 'another' }),
      changesOf(propose(), { ...current, loadedConfig: undefined }),
      changesOf(propose(), { ...current, loadBalancer: { ...balancer, running: false } }),
      changesOf(propose(), { ...current, loadBalancer: { ...balancer, rendered: 'other' } }),
    ];
    expect(lines).toEqual([
      ['reload the load balancer with its new configuration'],
      ['replace the load balancer at http://127.0.0.1:8080'],
      ['start the load balancer at http://127.0.0.1:8080'],
      ['replace the load balancer at http://127.0.0.1:8080'],
    ]);
  });

  it('makes sure of a rollout whose command was killed before it could note it', () => {
    const current = { ...carriedOut(propose()), deployed: undefined };
    expect(changesOf(propose(), current)).toEqual(['confirm that 1.0.0-a serves']);
  });
});

describe('drift', () => {
  it('is nothing after a deployment', () => {
    expect(describeDrift(carriedOut(propose()), 'example', 'staging')).toEqual([]);
  });

  it('is what was changed, removed or stopped by hand', () => {
    const current = carriedOut(propose());
    const services = current.services.map((service) =>
      service.name.endsWith('_api') ? { ...service, replicas: 1 } : service,
    );
    expect(
      describeDrift({ ...current, services, volume: undefined, loadBalancer: undefined }, 'example', 'staging'),
    ).toEqual([
      'api: desired count is 1, not 2',
      'the volume example-staging-database is gone',
      'the load balancer is not running',
    ]);
    expect(describeDrift({ ...current, services: [], network: false }, 'example', 'staging')).toEqual([
      'api: the service is gone',
      'the network example-staging is gone',
    ]);
  });
});

describe('what runs on a schedule', () => {
  const plain = propose();
  const [migration] = plain.stacks.migrations;
  if (migration === undefined) throw new Error('the example has no migration');
  const job = {
    name: 'nightly',
    containerName: 'example-staging-nightly-1',
    container: migration.container,
    labels: {},
    schedule: { cron: '0 3 * * *', timeZone: 'UTC' },
  };
  const proposal = { ...plain, stacks: { ...plain.stacks, jobs: [job] }, schedulerRevision: 'a' };
  const created = {
    id: 'c',
    name: 'nightly',
    containerName: job.containerName,
    imageId: 'sha256:aaaa',
    running: false,
  };
  const scheduler = { running: true, revision: 'a', starts: [] };
  const scheduling = { ...carriedOut(plain), scheduler, jobs: [created] };

  it('is scheduled, scheduled again with another release, and started where it stands still', () => {
    expect(changesOf(proposal, scheduling)).toEqual([]);
    expect(changesOf(proposal, carriedOut(plain))).toEqual(['schedule nightly with 1.0.0-a']);
    expect(changesOf(proposal, { ...scheduling, jobs: [] })).toEqual(['schedule nightly again, with 1.0.0-a']);
    expect(changesOf(proposal, { ...scheduling, scheduler: { ...scheduler, revision: 'b' } })).toEqual([
      'schedule nightly again, with 1.0.0-a',
    ]);
    expect(changesOf(proposal, { ...scheduling, scheduler: { ...scheduler, running: false } })).toEqual([
      'start the scheduler',
    ]);
    expect(changesOf(plain, scheduling)).toEqual(['remove the scheduler']);
  });

  it('has drifted where nothing starts it any more', () => {
    const { deployed } = scheduling;
    if (deployed === undefined) throw new Error('nothing is deployed');
    const current = { ...scheduling, deployed: { ...deployed, jobs: [job] } };

    expect(describeDrift(current, 'example', 'staging')).toEqual([]);
    expect(describeDrift({ ...current, scheduler: undefined, jobs: [] }, 'example', 'staging')).toEqual([
      'the scheduler is not running',
      'nightly: its container is gone',
    ]);
  });
});
