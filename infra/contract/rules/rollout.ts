import { bakesOf } from '../../settings/rollout-strategy.ts';
import { alarmEvaluationSeconds, secondsToAlarm } from '../alarm-timings.ts';
import type { Rule } from './rule.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html */
const stageLimitSeconds = 24 * 3600;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
const spotNoticeSeconds = 120;

/** Rules on how a release replaces the previous one. */
export const rolloutRules: readonly Rule[] = [
  {
    id: 'C4.spot',
    rule: `shutdown timeout < ${spotNoticeSeconds} s if tasks run on Fargate Spot`,
    source: 'Fargate stops a Spot task two minutes after its interruption notice, whether or not it has finished.',
    remedy: 'Set spotPercent to 0, or lower longestRequestSeconds, drainDelaySeconds or closeMarginSeconds.',
    test: (n, { capacity }) => [
      capacity.spotPercent === 0 || n.shutdownTimeoutSeconds < spotNoticeSeconds,
      capacity.spotPercent === 0 ? 'no Spot' : `${n.shutdownTimeoutSeconds} s, ${spotNoticeSeconds} s`,
    ],
  },
  {
    id: 'C17',
    rule: 'a rollout that never becomes healthy ends by itself: a rolling update by its circuit breaker, a traffic shift by the rollout timeout',
    source:
      'The circuit breaker trips after 3 to 200 failed tasks and supports rolling updates only. ECS itself ends a stage of a traffic shift after 24 h.',
    remedy: 'Lower apiDesiredCount, slowestBootSeconds, bakeMinutes or canaryBakeMinutes.',
    test: (n) =>
      n.rollout.failuresToTrip === undefined
        ? [n.rolloutTimeoutSeconds < stageLimitSeconds, `${n.rolloutTimeoutSeconds} s, ${stageLimitSeconds} s`]
        : [n.rollout.failuresToTrip >= 3 && n.rollout.failuresToTrip <= 200, `${n.rollout.failuresToTrip} tasks`],
  },
  {
    id: 'C18',
    rule: 'period × datapoints of each rollback alarm < each bake time',
    source:
      'An alarm that cannot fire before the old tasks are gone rolls nothing back. ECS derives the bake time of a rolling update from its alarms.',
    remedy: 'Raise bakeMinutes or canaryBakeMinutes.',
    test: (_n, { rollout }) => {
      const bakes = bakesOf(rollout).map((minutes) => minutes * 60);
      return [bakes.every((seconds) => secondsToAlarm < seconds), describeBakes(secondsToAlarm, bakes)];
    },
  },
  {
    id: 'C22.proxy',
    rule: 'connections of all tasks during a rollout <= share of max_connections that the proxy may use',
    source:
      'RDS Proxy pins every node-postgres connection, so connections beyond its share wait until they time out: brianc/node-postgres#2326.',
    remedy:
      'Choose a larger databaseInstanceClass, or lower the MaxCount of a process (apiMaxCount) or databaseReservedConnections.',
    test: ({ database }, settings) => {
      const share = Math.floor((database.maxConnections * database.taskConnectionsPercent) / 100);
      if (!settings.database.proxy) return [true, 'no proxy'];
      return [database.connectionsDuringRollout <= share, `${database.connectionsDuringRollout}, ${share}`];
    },
  },
  {
    id: 'C30',
    rule: 'period × evaluation periods of each rollback alarm <= each bake time',
    source:
      'Until then the alarm still evaluates periods of the previous release. No lifecycle hook pauses a rollout, because its timeout would add up to 24 h.',
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
  return bakes.length === 0
    ? 'no bake time'
    : `${alarmSeconds} s, ${bakes.map((seconds) => `${seconds} s`).join(' and ')}`;
}
