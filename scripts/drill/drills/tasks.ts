import { frontOf, kindOf } from '../../../infra/manifest/app.ts';
import { variablesOf } from '../../../infra/manifest/fit.ts';
import { sourcesIn } from '../../../infra/manifest/sources.ts';
import type { Drill } from '../drill.ts';
import {
  atMostFail,
  everyTaskEndsWith,
  noRequestFails,
  nothingLost,
  probesPass,
  recoversWithin,
  taskEnds,
  tasksReadyWithin,
  tasksReplaced,
} from '../promise.ts';
import type { Facts, Stage } from '../stage.ts';

const front = ({ app }: Facts) => frontOf(app).name;
const workerOf = ({ app }: Facts) => Object.keys(app.processes).find((name) => kindOf(app, name) === 'background');
const desiredOf = ({ contract }: Facts, process: string) => contract.processes[process]?.desiredCount ?? 1;

/** In flight on one task: what nobody can save when it is killed. */
const inFlight = 16;
const replacementSeconds = 60;
/** It answers slowly before it ends: what it has got by then ends with it. */
const outOfMemorySeconds = 10;

const oneTaskDies = (facts: Facts) => [
  atMostFail(inFlight, ': those in flight on it'),
  tasksReadyWithin(front(facts), replacementSeconds, 'fault'),
  tasksReplaced(front(facts), 1),
  nothingLost(),
];
const onlyOneTask = 'a single task serves, instead of several';

async function leaveOne(stage: Stage): Promise<void> {
  if (!stage.sabotaged) return;
  await stage.scale(stage.front, 1);
  await stage.untilRunning(stage.front, 1, 60);
}

async function scaleBack(stage: Stage): Promise<void> {
  if (!stage.sabotaged) return;
  await stage.scale(stage.front, desiredOf(stage.facts, stage.front));
}

/** The platform notices that a task is gone after a moment. */
async function untilReplaced(stage: Stage): Promise<void> {
  await stage.wait(3);
  await stage.untilReady(replacementSeconds);
}

/** An alarm on the limits of a task looks at five periods, one on missing tasks at three; see docs/drills.md. */
const longEnoughSeconds = 60;
const goneSeconds = 30;
const tooShortSeconds = 2;
const heldPercent = 93;
const blockedMs = 300;
/** Until the load balancer has found all tasks again. */
const balancerSeconds = 5;

const takesMetricsPort = (facts: Facts) =>
  variablesOf(facts.app, front(facts), facts.settings).some(([, value]) => sourcesIn(value).includes('metrics.port'));

const single = (facts: Facts) =>
  desiredOf(facts, front(facts)) < 2
    ? `one task of ${front(facts)} is meant to run, and nothing serves without it`
    : undefined;

export const taskDrills: readonly Drill[] = [
  {
    name: 'kill',
    title: 'One of the tasks that serve is killed with SIGKILL.',
    sabotage: onlyOneTask,
    absent: single,
    deploys: false,
    promise: (facts) => [taskEnds(front(facts), { exitCode: 137 }, 'a task is killed'), ...oneTaskDies(facts)],
    prepare: leaveOne,
    async run(stage) {
      const [container = ''] = await stage.containers(stage.front);
      stage.mark('fault', `SIGKILL of a task of ${stage.front}`);
      await stage.docker.run(['kill', '--signal', 'KILL', container]);
      await untilReplaced(stage);
    },
    restore: scaleBack,
  },
  {
    name: 'oom',
    title: 'One of the tasks that serve needs more memory than it has.',
    sabotage: onlyOneTask,
    absent: single,
    deploys: true,
    promise: (facts) => [
      taskEnds(front(facts), { outOfMemory: true }, 'a task is ended by its memory limit'),
      recoversWithin(outOfMemorySeconds, 'fault'),
      tasksReadyWithin(front(facts), replacementSeconds, 'fault'),
      tasksReplaced(front(facts), 1),
      nothingLost(),
    ],
    async prepare(stage) {
      await stage.arm();
      await leaveOne(stage);
    },
    async run(stage) {
      const before = await stage.containers(stage.front);
      stage.mark('fault', `a task of ${stage.front} takes memory without end`);
      await stage.act('oom').catch(() => undefined);
      await stage.untilRunning(stage.front, before.length - 1, 30);
      await untilReplaced(stage);
    },
    restore: scaleBack,
  },
  {
    name: 'slow-shutdown',
    title: 'All tasks that serve are replaced while they answer requests that take long.',
    sabotage: 'a task ends at SIGTERM, without waiting for its requests',
    deploys: true,
    promise: (facts) => [
      probesPass(`each request that takes ${slowSeconds(facts)} s is answered`),
      noRequestFails(),
      everyTaskEndsWith(front(facts), 0),
      nothingLost(),
    ],
    async prepare(stage) {
      if (stage.sabotaged) await stage.deployBefore('hasty', { endsAtSigterm: true });
      else await stage.arm();
    },
    async run(stage) {
      const asking = askSlowly(stage);
      stage.mark('fault', 'all tasks are replaced');
      await stage.stack('restart', stage.place.environment, stage.front);
      await asking.stop();
      // The tasks that were replaced may still be ending.
      await stage.wait(stage.facts.contract.drainDelaySeconds + slowSeconds(stage.facts));
    },
  },
  {
    name: 'worker-kill',
    title: 'A task of a process in the background is killed with SIGKILL.',
    sabotage: 'nothing starts it again',
    absent: (facts) => (workerOf(facts) === undefined ? 'the app has no process in the background' : undefined),
    deploys: false,
    promise: (facts) => [
      taskEnds(workerOf(facts) ?? '', { exitCode: 137 }, 'a task is killed'),
      noRequestFails(),
      tasksReadyWithin(workerOf(facts) ?? '', replacementSeconds, 'fault'),
      nothingLost(),
    ],
    async run(stage) {
      const worker = workerOf(stage.facts) ?? '';
      const [container = ''] = await stage.containers(worker);
      stage.mark('fault', `SIGKILL of a task of ${worker}`);
      await stage.docker.run(['kill', '--signal', 'KILL', container]);
      if (stage.sabotaged) {
        await stage.scale(worker, 0);
        return await stage.wait(10);
      }
      await untilReplaced(stage);
    },
    async restore(stage) {
      const worker = workerOf(stage.facts) ?? '';
      if (stage.sabotaged) await stage.scale(worker, desiredOf(stage.facts, worker));
    },
  },
  {
    name: 'cpu-hog',
    title: 'Something in one of the tasks that serve competes for its CPU for 15 s.',
    sabotage: 'it takes all tasks, with 64 threads each',
    deploys: true,
    promise: (facts) => [noRequestFails(), tasksReplaced(front(facts), 0), nothingLost()],
    prepare: async (stage) => await stage.arm(),
    async run(stage) {
      stage.mark('fault', `a task of ${stage.front} computes`);
      if (stage.sabotaged) await Promise.all(Array.from({ length: 4 }, async () => await stage.act('hog 15 64')));
      else await stage.act('hog 15 1');
      await stage.wait(15);
      stage.mark('over', 'it ends');
      await stage.wait(3);
    },
  },
  {
    name: 'task-limits',
    title: `One of the tasks that serve holds ${heldPercent} % of its memory, and the event loop of one of them is blocked for ${blockedMs} of each 400 ms.`,
    sabotage: 'it holds half of its memory, and its event loop is blocked for 50 ms',
    absent: (facts) =>
      takesMetricsPort(facts) ? undefined : 'the app serves no metrics: its manifest takes no {metrics.port}',
    deploys: true,
    alarms: (facts) => [`${front(facts)}-memory`, `${front(facts)}-event-loop`],
    promise: (facts) => [noRequestFails(), tasksReplaced(front(facts), 0), nothingLost()],
    prepare: async (stage) => await stage.arm(),
    async run(stage) {
      stage.mark('fault', `tasks of ${stage.front} reach their limits`);
      const held = await stage.act(`hold ${stage.sabotaged ? 50 : heldPercent} ${longEnoughSeconds}`);
      stage.mark('note', `held: ${held}`);
      await stage.act(`block ${stage.sabotaged ? 50 : blockedMs} ${longEnoughSeconds}`);
      await stage.wait(longEnoughSeconds);
      stage.mark('over', 'they are back within them');
      await stage.wait(3);
    },
  },
  {
    name: 'tasks-gone',
    title: `No task runs for ${goneSeconds} s.`,
    sabotage: `only for ${tooShortSeconds} s, which no alarm notices`,
    deploys: false,
    alarms: (facts) => [
      `${front(facts)}-no-task`,
      'load-balancer-5xx',
      ...(workerOf(facts) === undefined ? [] : [`${workerOf(facts)}-no-task`]),
    ],
    promise: (facts) => [
      recoversWithin(balancerSeconds, 'over'),
      tasksReadyWithin(front(facts), 120, 'over'),
      nothingLost(),
    ],
    async run(stage) {
      const worker = workerOf(stage.facts);
      const gone = [stage.front, ...(worker === undefined ? [] : [worker])];
      stage.mark('fault', `${gone.join(' and ')} have no task`);
      try {
        for (const service of gone) await stage.scale(service, 0);
        await stage.untilRunning(stage.front, 0, 60);
        await stage.wait(stage.sabotaged ? tooShortSeconds : goneSeconds);
      } finally {
        for (const service of gone) await stage.scale(service, desiredOf(stage.facts, service));
      }
      await stage.untilReady(120);
      stage.mark('over', 'all of them run again');
      await stage.wait(balancerSeconds);
    },
  },
  {
    name: 'disk-full',
    title: 'The folder /tmp of one of the tasks that serve is filled until nothing more fits.',
    sabotage: 'the task ends because of it',
    deploys: true,
    promise: (facts) => [
      probesPass('the folder is full'),
      noRequestFails(),
      tasksReplaced(front(facts), 0),
      nothingLost(),
    ],
    prepare: async (stage) => await stage.arm(),
    async run(stage) {
      stage.mark('fault', `/tmp of a task of ${stage.front} fills up`);
      const answer = await stage.act('fill');
      stage.probe({ name: 'fill', passed: answer.includes('ENOSPC'), detail: answer });
      if (stage.sabotaged) await stage.act('exit').catch(() => undefined);
      await stage.wait(10);
    },
  },
];

function slowSeconds({ contract }: Facts): number {
  return Math.max(1, Math.min(8, contract.longestRequestSeconds - 2));
}

/** Slow requests, a few at a time, so that each moment of the replacement meets some. */
function askSlowly(stage: Stage) {
  const { http } = frontOf(stage.facts.app);
  const path = http.version ?? http.liveness;
  const ms = slowSeconds(stage.facts) * 1000;
  const open: Promise<void>[] = [];
  const ask = async (number: number) => {
    const limit = AbortSignal.any([stage.signal, AbortSignal.timeout(ms + 15_000)]);
    const detail = await fetch(`${stage.url}${path}`, { headers: { 'x-drill-slow': String(ms) }, signal: limit }).then(
      async (response) => {
        await response.arrayBuffer();
        return `status ${response.status}`;
      },
      (error: unknown) => (error instanceof Error ? `${error.message}: ${String(error.cause ?? '')}` : String(error)),
    );
    stage.probe({ name: `slow request ${number}`, passed: detail === 'status 200', detail });
  };
  const timer = setInterval(() => void open.push(ask(open.length + 1)), 1000);
  open.push(ask(1));
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
