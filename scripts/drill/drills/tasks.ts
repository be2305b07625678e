import { frontOf } from '../../../infra/manifest/app.ts';
import { backgroundOf } from '../background.ts';
import type { Drill } from '../drill.ts';
import type { Facts } from '../facts.ts';
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
import { askSlowly } from '../slow-requests.ts';
import type { Stage } from '../stage.ts';

const front = ({ app }: Facts) => frontOf(app).name;
const workerOf = (facts: Facts) => backgroundOf(facts)?.name;
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

/** An alarm on CPU looks at five periods, one on missing tasks at three; see docs/drills.md. */
const hogSeconds = 40;
const usedPercent = 97;
const goneSeconds = 40;
const tooShortSeconds = 2;
/** Until the load balancer has found all tasks again. */
const balancerSeconds = 5;

const goneAlarms = (facts: Facts) => [
  `${front(facts)}-no-task`,
  'load-balancer-5xx',
  ...(workerOf(facts) === undefined ? [] : [`${workerOf(facts)}-no-task`]),
];

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
      const asking = askSlowly(stage, slowSeconds(stage.facts), 1);
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
    title: `Something in each of the tasks that serve uses the rest of its CPU, up to ${usedPercent} %.`,
    sabotage: 'it takes 64 threads in each, for 10 s',
    deploys: true,
    alarms: (facts) => [`${front(facts)}-cpu`],
    promise: (facts) => [noRequestFails(), tasksReplaced(front(facts), 0), nothingLost()],
    prepare: async (stage) => await stage.arm(),
    async run(stage) {
      stage.mark('fault', `each task of ${stage.front} computes`);
      await stage.actIn(stage.front, stage.sabotaged ? 'hog 10 64' : `use ${usedPercent} ${hogSeconds}`);
      await stage.untilFiring([`${stage.front}-cpu`], hogSeconds);
      await stage.actIn(stage.front, 'rest');
      stage.mark('over', 'it ends');
      await stage.wait(3);
    },
  },
  {
    name: 'tasks-gone',
    title: `No task runs until its alarms fire, for ${goneSeconds} s at most.`,
    sabotage: `only for ${tooShortSeconds} s, which no alarm notices`,
    deploys: false,
    alarms: goneAlarms,
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
        if (stage.sabotaged) await stage.wait(tooShortSeconds);
        else await stage.untilFiring(goneAlarms(stage.facts), goneSeconds);
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
