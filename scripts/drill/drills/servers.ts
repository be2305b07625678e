import { frontOf } from '../../../infra/manifest/app.ts';
import { deriveNames } from '../../local/translate/names.ts';
import { backgroundOf, queueAlarm } from '../background.ts';
import type { Drill, Unrealised } from '../drill.ts';
import type { Facts } from '../facts.ts';
import {
  commandEnds,
  nothingLost,
  recoversWithin,
  restoredToTheMoment,
  tasksReadyWithin,
  tasksReplaced,
} from '../promise.ts';
import type { Stage } from '../stage.ts';

const front = ({ app }: Facts) => frontOf(app).name;
/** From when a server is back until no request fails any more. */
const databaseSeconds = 15;
const cacheSeconds = 10;
const balancerSeconds = 10;
/** Longer than an alarm on jobs that wait looks back, shorter than settings tolerate. */
const cacheAwaySeconds = 29;
/** Until a server that is asked to stop has done so. */
const stopSeconds = 10;
/** Of queueAgeTargetSeconds, beyond which its alarm fires: infra/observability/alarms/queue.ts. */
const timesTarget = 10;

const endsWithoutIt = 'the app ends when it cannot find the server, instead of waiting for it';

async function server(stage: Stage, data: 'Postgres' | 'Valkey'): Promise<string> {
  const found = await stage.server(data);
  if (found === undefined) throw new Error(`${stage.place.environment} has no ${data}, which its settings have.`);
  return found;
}

/**
 * Takes a server away, for so long, and brings it back.
 *
 * @param lateSeconds how much later than it is said to be back
 * @param once what happens when it is gone
 */
async function away(
  stage: Stage,
  data: 'Postgres' | 'Valkey',
  seconds: number,
  { lateSeconds = 0, once }: { readonly lateSeconds?: number; readonly once?: () => Promise<void> } = {},
): Promise<void> {
  const name = await server(stage, data);
  const back = () => stage.mark('over', `${data} runs again`);
  const [container = ''] = await stage.containers(name);
  const stoppingAt = performance.now();
  stage.mark('fault', `${data} stops`);
  await stage.scale(name, 0);
  try {
    if (once !== undefined) {
      await stage.untilStopped(container, stopSeconds);
      await once();
    }
    await stage.wait(Math.max(0, seconds - (performance.now() - stoppingAt) / 1000));
    if (lateSeconds > 0) back();
    await stage.wait(lateSeconds);
  } finally {
    await stage.scale(name, 1);
  }
  await stage.untilRunning(name, 1, 60);
  if (lateSeconds === 0) back();
  await stage.wait(3);
  await stage.untilReady(90);
  await stage.wait(3);
}

const isTolerated = ({ settings }: Facts, seconds: number) => seconds < settings.timing.toleratedOutageSeconds;

/** Beyond what the settings tolerate, tasks that are not ready are replaced, here and on AWS. */
const replacedOnlyBeyond = (facts: Facts, seconds: number) =>
  isTolerated(facts, seconds) ? tasksReplaced(front(facts), 0) : tasksReadyWithin(front(facts), 90, 'over');

const withoutServer = (data: 'Postgres' | 'Valkey') => async (stage: Stage) => {
  if (stage.sabotaged) await stage.deployBefore('dependent', { needsHost: await server(stage, data) });
};

export const serverDrills: readonly Drill[] = [
  {
    name: 'db-restart',
    title: 'Postgres is killed with SIGKILL and started again by the platform.',
    sabotage: 'Postgres acknowledges a transaction before it is on the disk',
    deploys: false,
    promise: (facts) => [recoversWithin(databaseSeconds, 'over'), tasksReplaced(front(facts), 0), nothingLost()],
    async prepare(stage) {
      if (!stage.sabotaged) return;
      await addSettings(stage, ['synchronous_commit=off', 'wal_writer_delay=10s', 'wal_writer_flush_after=1GB']);
      await stage.untilReady(60);
    },
    async run(stage) {
      const name = await server(stage, 'Postgres');
      const [container = ''] = await stage.containers(name);
      await stage.wait(2);
      stage.mark('fault', 'SIGKILL of Postgres');
      await stage.docker.run(['kill', '--signal', 'KILL', container]);
      await stage.untilRunning(name, 0, 10);
      await stage.untilRunning(name, 1, 90);
      stage.mark('over', 'Postgres runs again');
      await stage.wait(5);
      await stage.untilReady(60);
    },
    async restore(stage) {
      if (stage.sabotaged) await removeSettings(stage);
    },
  },
  {
    name: 'db-away',
    title: ({ awaySeconds }) => `Postgres is gone for ${awaySeconds} s.`,
    sabotage: `${endsWithoutIt}; where tasks may be replaced anyway, Postgres is back later than it is said to be`,
    deploys: false,
    promise: (facts) => [
      recoversWithin(databaseSeconds, 'over'),
      replacedOnlyBeyond(facts, facts.awaySeconds),
      nothingLost(),
    ],
    prepare: withoutServer('Postgres'),
    async run(stage) {
      const { awaySeconds } = stage.facts;
      const late = stage.sabotaged && !isTolerated(stage.facts, awaySeconds) ? databaseSeconds + 5 : 0;
      await away(stage, 'Postgres', awaySeconds, { lateSeconds: late });
    },
  },
  {
    name: 'cache-away',
    title: (facts) =>
      `Valkey is gone for ${cacheAwaySeconds} s${queueAlarm(facts, 'queue-age').length > 0 ? ', and a job that has been due for long waits for it' : ''}.`,
    sabotage: endsWithoutIt,
    absent: ({ settings }) => (settings.valkey === undefined ? 'the environment has no Valkey' : undefined),
    deploys: false,
    alarms: (facts) => queueAlarm(facts, 'queue-age'),
    promise: (facts) => [
      recoversWithin(cacheSeconds, 'over'),
      replacedOnlyBeyond(facts, cacheAwaySeconds),
      nothingLost(),
    ],
    prepare: withoutServer('Valkey'),
    async run(stage) {
      const jobs = queueAlarm(stage.facts, 'queue-age').length > 0 ? stage.facts.jobs : undefined;
      const guest = jobs === undefined ? undefined : await stage.openGuest();
      try {
        const age = 2 * (backgroundOf(stage.facts)?.sizes.queueAgeTargetSeconds ?? 0) * timesTarget;
        const wait = async () => void (await guest?.ask({ act: 'sql', text: jobs?.due(age) ?? '' }));
        await away(stage, 'Valkey', cacheAwaySeconds, { once: wait });
      } finally {
        await guest?.close();
      }
    },
  },
  {
    name: 'lb-restart',
    title: 'The load balancer is killed and started again.',
    sabotage: 'it stays down for 15 s',
    deploys: false,
    promise: (facts) => [recoversWithin(balancerSeconds, 'fault'), tasksReplaced(front(facts), 0), nothingLost()],
    async run(stage) {
      const { loadBalancer } = deriveNames(stage.place.instance, stage.place.environment);
      stage.mark('fault', 'SIGKILL of the load balancer');
      await stage.docker.run(['kill', '--signal', 'KILL', loadBalancer]);
      if (stage.sabotaged) await stage.wait(15);
      await stage.docker.run(['start', loadBalancer]);
      stage.mark('over', 'the load balancer runs again');
      await stage.wait(8);
    },
  },
  {
    name: 'backup-restore',
    title: 'The database is restored to a time, under load, and takes the place of the one that serves.',
    sabotage: 'it is restored to a time three seconds too early',
    deploys: false,
    promise: () => [
      commandEnds([0], '`restore` reads it back and ends verified', /"lastTransaction":/),
      recoversWithin(databaseSeconds, 'over'),
      restoredToTheMoment(),
    ],
    async run(stage) {
      await stage.wait(4);
      const chosen = Date.now();
      stage.mark('fault', 'the time to which the database is to be restored');
      // Nothing of after that time may be in it.
      await stage.wait(4);
      const at = new Date(chosen - (stage.sabotaged ? 3000 : 0)).toISOString();
      // Releases of other drills have been here: what their migrations do is said nowhere, and they have none.
      const accepted = stage.facts.throwAway ? ['--accept-unknown-migrations'] : [];
      const { json } = await stage.stack('restore', stage.place.environment, '--at', at, '--yes', ...accepted);
      stage.mark('over', 'the restored database serves');
      for (const name of ['switchSeconds', 'seconds'] as const) {
        if (typeof json[name] === 'number') stage.note(name, `${json[name].toFixed(1)} s`);
      }
      await stage.wait(3);
      await stage.untilReady(90);
      await stage.wait(3);
    },
  },
];

/** Starts Postgres again with further settings, behind the stack's back. */
async function addSettings(stage: Stage, settings: readonly string[]): Promise<void> {
  const service = await stage.swarmName(await server(stage, 'Postgres'));
  const args = JSON.parse(
    await stage.docker.run([
      'service',
      'inspect',
      '--format',
      '{{json .Spec.TaskTemplate.ContainerSpec.Args}}',
      service,
    ]),
  ) as readonly string[];
  const words = [...args, ...settings.flatMap((setting) => ['-c', setting])];
  // The client splits them as a shell does, and archive_command has quotes of its own.
  const quoted = words.map((word) => `"${word.replaceAll(/["\\$`]/g, '\\$&')}"`).join(' ');
  await stage.docker.run(['service', 'update', '--args', quoted, service]);
}

async function removeSettings(stage: Stage): Promise<void> {
  await stage.docker.run(['service', 'rollback', await stage.swarmName(await server(stage, 'Postgres'))]);
}

export const unrealised: readonly Unrealised[] = [
  {
    name: 'db-failover',
    title: 'The standby database takes over.',
    because: 'target local runs one Postgres, without a standby; on AWS, databaseMultiAz has one',
  },
  {
    name: 'cache-failover',
    title: 'A replica of Valkey takes over.',
    because: 'target local runs one Valkey, without a replica; on AWS, valkeyReplicas has some',
  },
];
