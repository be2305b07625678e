import { feature, settingGroup } from './group.ts';
import { choice, flag, integer } from './schema.ts';

export const rollout = settingGroup('Rollout and capacity', {
  /** How a service gets from one release to the next. */
  rollout: feature(
    {
      kind: choice('deploymentStrategy', ['rolling', 'blue-green', 'canary'], {
        description:
          'Deployment strategy. `rolling`: replaces task by task. `blue-green`: starts a second fleet, then shifts all traffic at once. `canary`: shifts part of the traffic first. The last two keep the old fleet for a while, and roll back by shifting traffic only.',
        default: 'rolling',
        change: 'restart',
        source:
          'docs/deployment-strategies.md compares their costs and explains how to change back to rolling. The target local always rolls.',
      }),
      bakeMinutes: integer('bakeMinutes', {
        description:
          'Bake time: how long the old fleet is kept after all traffic has shifted, so that an alarm or a person can roll back.',
        unit: 'min',
        min: 1,
        max: 1440,
        default: 10,
        change: 'in place',
        source:
          '`blue-green` and `canary` only. Both fleets are billed during the bake time, and the update waits for it.',
      }),
      canaryPercent: integer('canaryPercent', {
        description: 'Share of the traffic that shifts to the new fleet first.',
        unit: '%',
        min: 1,
        max: 50,
        default: 10,
        change: 'in place',
        source: '`canary` only. With little traffic, a small share of it proves nothing.',
      }),
      canaryBakeMinutes: integer('canaryBakeMinutes', {
        description: 'Bake time of the canary: how long the new fleet gets canaryPercent before it gets the rest.',
        unit: 'min',
        min: 1,
        max: 1440,
        default: 10,
        change: 'in place',
        source: '`canary` only.',
      }),
      skipBakes: flag('skipBakes', {
        description:
          'Shifts all traffic at once and stops the old fleet without a bake time. Written by a rollback to a release that was verified on the environment.',
        default: false,
        change: 'in place',
        source: '`blue-green` and `canary` only. `stack rollback --gradual` follows deploymentStrategy instead.',
      }),
    },
    ({ kind, bakeMinutes, skipBakes, ...canary }) => {
      if (kind === 'rolling') return { kind };
      if (skipBakes) return { kind: 'blue-green' as const, bakeMinutes: 0 };
      return kind === 'canary' ? { kind, bakeMinutes, ...canary } : { kind, bakeMinutes };
    },
  ),
  capacity: {
    spotPercent: integer('spotPercent', {
      description:
        'Share of the tasks beyond onDemandCount that runs on Fargate Spot: about a third of the price, interrupted with two minutes’ notice.',
      unit: '%',
      min: 0,
      max: 100,
      default: 0,
      change: 'restart',
      source: 'While AWS has no Spot capacity, these tasks are missing: run enough of them on demand.',
    }),
    onDemandCount: integer('onDemandCount', {
      description: 'Number of tasks per service that never run on Spot.',
      unit: 'tasks',
      min: 0,
      max: 100,
      default: 1,
      change: 'restart',
    }),
  },
  ecsExec: flag('ecsExec', {
    description:
      'Allows people with the permission to open a shell in a running task (aws ecs execute-command). Sessions are logged.',
    default: false,
    change: 'restart',
    source:
      'The agent needs three writable directories on the otherwise read-only root file system: aws/containers-roadmap#1359.',
  }),
});
