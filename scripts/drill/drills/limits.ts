import { databaseConnectionsLimit, valkeyConnectionsLimit } from '../../../infra/contract/alarm-limits.ts';
import { frontOf } from '../../../infra/manifest/app.ts';
import { backgroundOf, measuresItself, queueAlarm } from '../background.ts';
import type { Drill } from '../drill.ts';
import type { Facts } from '../facts.ts';
import { noRequestFails, nothingLost, probesPass, tasksReplaced } from '../promise.ts';
import { askSlowly } from '../slow-requests.ts';
import type { Stage } from '../stage.ts';

const front = ({ app }: Facts) => frontOf(app).name;

/** An alarm on limits looks at five periods, of the database at ten; see docs/drills.md. */
const taskSeconds = 75;
const serverSeconds = 90;
/** Longer than they look back: a drill that is sabotaged does not wait for what cannot come. */
const sabotagedSeconds = { tasks: 40, servers: 65 };

const heldPercent = 92;
/** An alarm fires at 200 ms; the rest of the time is for requests, of which the task gets as many as the others. */
const blocks = { ms: 250, everyMs: 500 };
const slowPerSecond = 4;

/** Longer than an alarm on latency allows, shorter than a request may take. */
const slowSeconds = ({ contract }: Facts) => Math.ceil(contract.longestRequestSeconds * 0.6);

/** The process in the background, if it measures itself. */
const workerOf = (facts: Facts) => {
  const found = backgroundOf(facts)?.name;
  return found !== undefined && measuresItself(facts, found) ? found : undefined;
};

const taskAlarms = (facts: Facts): readonly string[] => [
  `${front(facts)}-memory`,
  `${front(facts)}-event-loop`,
  `${front(facts)}-latency-p99`,
  ...(workerOf(facts) === undefined ? [] : [`${workerOf(facts)}-event-loop`]),
  ...queueAlarm(facts, 'queue-dead-jobs'),
];

const serverAlarms = ({ settings }: Facts): readonly string[] => [
  ...['connections', 'cpu', 'memory'].map((what) => `database-${what}`),
  ...(settings.valkey === undefined
    ? []
    : ['connections', 'cpu', 'evictions', 'memory'].map((what) => `valkey-${what}-1`)),
];

/**
 * Of the core or cores that a server has otherwise: a small one, whatever this machine has. One client that computes all the
 * time uses it up, and leaves the rest of the core, or another one, to the server's work for the app.
 */
const databaseCpus = 0.8;
const valkeyCpus = 0.4;
const openingSeconds = 3;

export const limitDrills: readonly Drill[] = [
  {
    name: 'task-limits',
    title: (facts) =>
      `One of the tasks that serve holds ${heldPercent} % of its memory, the event loop of another one is blocked for ${blocks.ms} of each ${blocks.everyMs} ms, and some requests take ${slowSeconds(facts)} s${queueAlarm(facts, 'queue-dead-jobs').length > 0 ? '; the event loop of the worker is blocked, and a job fails for good' : ''}.`,
    sabotage:
      'it holds half of its memory, event loops are blocked for 50 ms, no request is slow, and every job is done',
    absent: (facts) =>
      measuresItself(facts, front(facts))
        ? undefined
        : 'the app serves no metrics: its manifest takes no {metrics.port}',
    deploys: true,
    alarms: taskAlarms,
    promise: (facts) => [
      noRequestFails(),
      probesPass('each slow request is answered'),
      tasksReplaced(front(facts), 0),
      nothingLost(),
    ],
    prepare: async (stage) => await stage.arm(),
    async run(stage) {
      const { facts, sabotaged } = stage;
      const worker = workerOf(facts);
      stage.mark('fault', 'tasks reach their limits');
      const slow = askSlowly(stage, sabotaged ? 1 : slowSeconds(facts), slowPerSecond);
      // Two tasks, where there are two: one that is blocked cannot give way to what the app itself needs.
      const [holding = '', blocked = holding] = await stage.containers(stage.front);
      await stage.actInContainer(holding, `hold ${sabotaged ? 50 : heldPercent} ${taskSeconds}`);
      await stage.actInContainer(blocked, `block ${sabotaged ? 50 : blocks.ms} ${taskSeconds} ${blocks.everyMs}`);
      if (queueAlarm(facts, 'queue-dead-jobs').length > 0) await addJob(stage);
      if (worker !== undefined) {
        await stage.actIn(worker, `block ${sabotaged ? 50 : blocks.ms} ${taskSeconds} ${blocks.everyMs}`);
      }
      await stage.untilFiring(taskAlarms(facts), sabotaged ? sabotagedSeconds.tasks : taskSeconds);
      for (const service of [stage.front, ...(worker === undefined ? [] : [worker])])
        await stage.actIn(service, 'rest');
      stage.mark('over', 'they are back within them');
      await slow.stop();
    },
  },
  {
    name: 'server-limits',
    title: ({ settings }) =>
      settings.valkey === undefined
        ? 'Postgres reaches its limits: another client holds connections, memory is used up, statements compute on a part of a core.'
        : 'Postgres and Valkey reach their limits: another client holds connections, memory is used up and keys are evicted, statements and scripts compute on a part of a core.',
    sabotage: 'half of the connections and of the memory, and nothing computes',
    absent: ({ settings }) =>
      settings.existing.database === undefined ? undefined : 'the database is not the environment’s own',
    deploys: false,
    alarms: serverAlarms,
    promise: (facts) => [noRequestFails(), tasksReplaced(front(facts), 0), nothingLost()],
    async run(stage) {
      stage.mark('fault', 'another client comes to the servers');
      const guest = await stage.openGuest();
      const undo: Undo = [() => guest.close()];
      try {
        await fillDatabase(stage, guest, undo);
        await fillValkey(stage, guest, undo);
        await stage.untilFiring(serverAlarms(stage.facts), stage.sabotaged ? sabotagedSeconds.servers : serverSeconds);
      } finally {
        await undoAll(undo);
        stage.mark('over', 'it leaves');
      }
      await stage.wait(3);
    },
  },
];

type Guest = Awaited<ReturnType<Stage['openGuest']>>;
type Undo = (() => Promise<unknown>)[];

/** The last first. One that fails leaves none of the others undone. */
async function undoAll(undo: Undo): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function fillDatabase(stage: Stage, guest: Guest, undo: Undo): Promise<void> {
  const { sabotaged, facts } = stage;
  const server = await stage.server('Postgres');
  if (server === undefined) return;
  undo.push(await stage.limitCpu(server, databaseCpus));
  if (!sabotaged) await guest.ask({ act: 'statements', sessions: 1 });
  // Slow answers have the app open connections up to its own limit: they come before those of the other client.
  await stage.wait(openingSeconds);
  const limit = databaseConnectionsLimit(facts.contract);
  const { ofAll } = await guest.ask({ act: 'sessions', total: sabotaged ? Math.floor(limit / 2) : limit + 2 });
  stage.mark('note', `Postgres has ${String(ofAll)} connections`);
  const held = await stage.holdMemory(server, sabotaged ? 0.5 : 0.97);
  undo.push(() => held.giveBack());
}

async function fillValkey(stage: Stage, guest: Guest, undo: Undo): Promise<void> {
  const { sabotaged, facts } = stage;
  const server = await stage.server('Valkey');
  if (server === undefined || facts.settings.valkey === undefined) return;
  const limit = valkeyConnectionsLimit(facts.contract);
  await guest.ask({
    act: 'connections',
    count: sabotaged ? Math.floor(limit / 2) : limit + 5,
    host: server,
    port: 6379,
  });
  // Jobs have no expiry: of what the app keeps, none of them is evicted.
  const { policyBefore } = await guest.ask(
    sabotaged ? { act: 'fill', share: 0.5 } : { act: 'fill', share: 1.1, policy: 'volatile-lru' },
  );
  undo.push(() => guest.ask({ act: 'empty', policy: String(policyBefore) }));
  undo.push(await stage.limitCpu(server, valkeyCpus));
  if (!sabotaged) await guest.ask({ act: 'scripts', clients: 1 });
}

/** One that no attempt can do. */
async function addJob(stage: Stage): Promise<void> {
  const { jobs } = stage.facts;
  const guest = await stage.openGuest();
  try {
    const text = stage.sabotaged ? jobs?.due(0) : jobs?.hopeless;
    if (text !== undefined) await guest.ask({ act: 'sql', text });
  } finally {
    await guest.close();
  }
}
