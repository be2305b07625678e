import { frontOf } from '../../../infra/manifest/app.ts';
import type { Drill } from '../drill.ts';
import type { Evidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import {
  atMostShareFails,
  type Clause,
  commandEnds,
  everyTaskEndsWith,
  keepsServing,
  noRequestFails,
  nothingLost,
  probesPass,
  recoversWithin,
  servesOnly,
  tasksReplaced,
} from '../promise.ts';
import type { Stage } from '../stage.ts';

const front = ({ app }: Facts) => frontOf(app).name;
const versionOf = (image: string) => image.slice(image.lastIndexOf(':') + 1);
const deployed = ({ facts }: Evidence) => facts['version'];
const onlyTheNewOne = () => servesOnly(deployed, 'afterwards only the new release answers');

/** What is promised of a release that must not come up. */
const keptOut = (facts: Facts, failure: Clause): readonly Clause[] => [
  noRequestFails(),
  failure,
  keepsServing(),
  tasksReplaced(front(facts), 0),
  nothingLost(),
];

async function deploy(stage: Stage, image: string): Promise<void> {
  stage.note('version', versionOf(image));
  await stage.stack('up', stage.place.environment, '--image', image);
}

/** What is promised of tasks that are stopped is seen once they have ended, which is after the command. */
async function untilOlderEnd(stage: Stage): Promise<void> {
  const { stopTimeoutSeconds } = stage.facts.contract;
  await stage.untilDrained(stage.front, stopTimeoutSeconds + 10);
}

/** Longer than a task needs to get requests after it said that it is ready. */
const tooEarlyMs = 12_000;
const readyTooEarly = { readyTooEarly: { ms: tooEarlyMs } };
const saysItTooEarly = `a task says that it is ready ${tooEarlyMs / 1000} s before it serves`;
/** From when a release is deployed until its tasks run, with room to spare. */
const taskStartMs = 45_000;

/** A release that is verified, and by the time it is rolled back to says too early that it is ready; and one to leave. */
async function deploySpoiled(stage: Stage): Promise<void> {
  const from = Date.now() + taskStartMs;
  await stage.deployBefore('spoiled', { readyTooEarly: { ms: tooEarlyMs, from } });
  await stage.deployBefore('left');
  await stage.wait(Math.max(0, from - Date.now()) / 1000);
}

export const releaseDrills: readonly Drill[] = [
  {
    name: 'rollout',
    title: 'A new release is rolled out.',
    sabotage: saysItTooEarly,
    deploys: true,
    promise: (facts) => [
      noRequestFails(),
      commandEnds([0], '`up` ends with the release verified'),
      onlyTheNewOne(),
      everyTaskEndsWith(front(facts), 0),
      nothingLost(),
    ],
    async run(stage) {
      await deploy(stage, await stage.release('rollout', stage.sabotaged ? readyTooEarly : {}));
      await untilOlderEnd(stage);
    },
  },
  {
    name: 'rollback',
    title: 'The release that runs is rolled back to the one before it.',
    sabotage: saysItTooEarly,
    deploys: true,
    promise: (facts) => [
      noRequestFails(),
      commandEnds([0], '`rollback` ends with the earlier release verified'),
      servesOnly(deployed, 'afterwards only the earlier release answers'),
      everyTaskEndsWith(front(facts), 0),
      nothingLost(),
    ],
    async prepare(stage) {
      if (stage.sabotaged) return await deploySpoiled(stage);
      const { environment } = stage.place;
      const words = ['rollback', environment, '--dry-run', '--yes', '--accept-unknown-migrations'];
      const { exitCode } = await stage.start(...words).finished;
      if (exitCode !== 0) await stage.deployBefore('left');
    },
    async run(stage) {
      const { json } = await stage.stack('rollback', stage.place.environment, '--yes', '--accept-unknown-migrations');
      const version: unknown = Reflect.get(Object(json['release']), 'version');
      if (typeof version === 'string') stage.note('version', version);
      await untilOlderEnd(stage);
    },
  },
  {
    name: 'never-ready',
    title: 'A release is rolled out whose readiness check never passes.',
    sabotage: 'it says that it is ready, and answers everything else with 500',
    deploys: true,
    promise: (facts) => keptOut(facts, commandEnds([1], '`up` fails')),
    async run(stage) {
      const faults = stage.sabotaged ? { readyStatus: 200, errorEvery: 1 } : { readyStatus: 503 };
      await deploy(stage, await stage.release('never-ready', faults));
    },
  },
  {
    name: 'crash-loop',
    title: 'A release is rolled out that exits a second after it has started, again and again.',
    sabotage: 'it exits only after a minute, when nobody watches the rollout any more',
    deploys: true,
    promise: (facts) => keptOut(facts, commandEnds([1], '`up` fails')),
    async run(stage) {
      const image = await stage.release('crash-loop', { exitAfterMs: stage.sabotaged ? 60_000 : 1000 });
      await deploy(stage, image);
    },
  },
  {
    name: 'bad-migration',
    title: 'A release is rolled out whose release command fails.',
    sabotage: 'the release command ends with 0 although it did nothing, and the release answers with 500 without it',
    absent: ({ app }) => (app.release === undefined ? 'the app’s manifest has no release command' : undefined),
    deploys: true,
    promise: (facts) => keptOut(facts, commandEnds([1], '`up` fails and names the migration', /MIGRATION_FAILED/)),
    async run(stage) {
      const command = stage.releaseCommand;
      const faults = stage.sabotaged ? { passesCommand: command, errorEvery: 1 } : { failsCommand: command };
      await deploy(stage, await stage.release('bad-migration', faults));
    },
  },
  {
    name: 'bad-release',
    title: 'A release is rolled out that is healthy and answers 5 % of the requests with 500.',
    sabotage: 'it answers every third request with 500',
    deploys: true,
    alarms: (facts) => [`${front(facts)}-5xx`],
    promise: (facts) => [
      commandEnds([1], '`up` is rolled back by the alarm', new RegExp(`"ROLLED_BACK".*alarm ${front(facts)}-5xx `)),
      atMostShareFails(0.08, 'fault', 'over'),
      recoversWithin(1, 'over'),
      keepsServing(),
      nothingLost(),
    ],
    async run(stage) {
      const image = await stage.release('bad-release', { errorEvery: stage.sabotaged ? 3 : 20 });
      stage.mark('fault', 'the rollout begins');
      await deploy(stage, image);
      stage.mark('over', 'rolled back by the alarm');
    },
  },
  {
    name: 'cli-killed',
    title: 'The CLI is killed in the middle of a rollout, and the same command is run again.',
    sabotage: saysItTooEarly,
    deploys: true,
    promise: () => [
      noRequestFails(),
      commandEnds([0], 'the next `up` finishes it'),
      onlyTheNewOne(),
      probesPass('ledger and platform agree'),
      nothingLost(),
    ],
    async run(stage) {
      const { environment } = stage.place;
      const image = await stage.release('cli-killed', stage.sabotaged ? readyTooEarly : {});
      stage.mark('command', `stack up ${environment} --image ${image}`);
      const started = stage.start('up', environment, '--image', image);
      await started.says(/new tasks ready/);
      started.kill('SIGKILL');
      await started.finished;
      stage.mark('fault', 'SIGKILL of the CLI');
      await stage.wait(2);
      await deploy(stage, image);
      const { json } = await stage.start('history', environment).finished;
      const disagreement = json['disagreement'] ?? null;
      const passed = disagreement === null && Array.isArray(json['rows']);
      stage.probe({ name: 'history', passed, detail: passed ? 'history has no disagreement' : JSON.stringify(json) });
    },
  },
];
