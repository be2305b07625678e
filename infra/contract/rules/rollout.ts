import { bakesOf } from '../../settings/rollout-strategy.ts';
import { alarmEvaluationSeconds, secondsToAlarm } from '../alarm-timings.ts';
import type { Rule } from './rule.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html */
const stageLimitSeconds = 24 * 3600;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
const spotNoticeSeconds = 120;

/** Rules on how a release takes over from the one before. */
export const rolloutRules: readonly Rule[] = [
  {
    id: 'C4.spot',
    rule: `shutdown timeout < ${spotNoticeSeconds} s where tasks run on Spot`,
    source: 'Fargate takes a Spot task back two minutes after it said so, whatever the task still works on.',
    remedy: 'Set spotPercent to 0, or lower longestRequestSeconds, drainDelaySeconds or closeMarginSeconds.',
    test: (n, { capacity }) => [
      capacity.spotPercent === 0 || n.shutdownTimeoutSeconds < spotNoticeSeconds,
      capacity.spotPercent === 0 ? 'no Spot' : `${n.shutdownTimeoutSeconds} s, ${spotNoticeSeconds} s`,
    ],
  },
  {
    id: 'C17',
    rule: 'a rollout that never gets healthy ends by itself: by the circuit breaker while rolling, else by the rollout timeout',
    source:
      'The circuit breaker, of 3 to 200 failed tasks, works for rolling updates only; a traffic shift that waits for healthy tasks is given up by ECS after 24 h.',
    remedy: 'Lower apiDesiredCount, slowestBootSeconds, bakeMinutes or canaryBakeMinutes.',
    test: (n) =>
      n.rollout.failuresToTrip === undefined
        ? [n.rolloutTimeoutSeconds < stageLimitSeconds, `${n.rolloutTimeoutSeconds} s, ${stageLimitSeconds} s`]
        : [n.rollout.failuresToTrip >= 3 && n.rollout.failuresToTrip <= 200, `${n.rollout.failuresToTrip} tasks`],
  },
  {
    id: 'C18',
    rule: 'period × datapoints of each alarm that guards a rollout < each bake time',
    source:
      'An alarm that cannot fire before the old fleet is gone takes nothing back. ECS itself chooses the bake time of a rolling update, from the alarms.',
    remedy: 'Raise bakeMinutes or canaryBakeMinutes.',
    test: (_n, { rollout }) => {
      const bakes = bakesOf(rollout).map((minutes) => minutes * 60);
      return [bakes.every((seconds) => secondsToAlarm < seconds), describeBakes(secondsToAlarm, bakes)];
    },
  },
  {
    id: 'C22.proxy',
    rule: 'connections of all tasks during a rollout <= what the proxy may take of max_connections',
    source:
      'The proxy gives each connection of node-postgres one of its own, so what exceeds its share waits until a task gives up: brianc/node-postgres#2326.',
    remedy: 'Take a larger databaseInstanceClass, or lower apiMaxCount or databaseReservedConnections.',
    test: ({ database }, settings) => {
      const share = Math.floor((database.maxConnections * database.taskConnectionsPercent) / 100);
      if (!settings.database.proxy) return [true, 'no proxy'];
      return [database.connectionsDuringRollout <= share, `${database.connectionsDuringRollout}, ${share}`];
    },
  },
  {
    id: 'C30',
    rule: 'evaluation time of each alarm that guards a rollout <= each bake time',
    source:
      'Until then an alarm still counts periods of the release before. No hook pauses a rollout: its time-out would be another day.',
    remedy: 'Raise bakeMinutes or canaryBakeMinutes.',
    test: (_n, { rollout }) => {
      const bakes = bakesOf(rollout).map((minutes) => minutes * 60);
      return [
        bakes.every((seconds) => alarmEvaluationSeconds <= seconds),
        describeBakes(alarmEvaluationSeconds, bakes),
      ];
    },
  },
];

function describeBakes(alarmSeconds: number, bakes: readonly number[]): string {
  return bakes.length === 0 ? 'rolling' : `${alarmSeconds} s, ${bakes.map((seconds) => `${seconds} s`).join(' and ')}`;
}
