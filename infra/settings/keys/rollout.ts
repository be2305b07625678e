import { choice, flag, integer } from './schema.ts';

/** How releases take over, on what capacity they run, and how people get at them. */
export const rolloutSettings = {
  deploymentStrategy: choice(['rolling', 'blue-green', 'canary'], {
    description:
      'rolling: task by task. blue-green: a second fleet beside the first, then all traffic at once. canary: a part of the traffic first. The last two keep the old fleet for a while, and go back by moving traffic only.',
    default: 'rolling',
    change: 'restart',
    source:
      'docs/deployment-strategies.md says what each costs, and what to heed when changing back to rolling. The target local always rolls.',
  }),
  bakeMinutes: integer({
    description:
      'How long the old fleet is kept after all traffic has moved, for an alarm or a person to take it back.',
    unit: 'min',
    min: 1,
    max: 1440,
    default: 10,
    change: 'in place',
    source: 'blue-green and canary only. Both fleets are paid for meanwhile, and the update waits for it.',
  }),
  canaryPercent: integer({
    description: 'Part of the traffic that the new fleet gets first.',
    unit: '%',
    min: 1,
    max: 50,
    default: 10,
    change: 'in place',
    source: 'canary only. With few requests a small part of them proves nothing.',
  }),
  canaryBakeMinutes: integer({
    description: 'How long the new fleet gets that part, before it gets the rest.',
    unit: 'min',
    min: 1,
    max: 1440,
    default: 10,
    change: 'in place',
    source: 'canary only.',
  }),
  spotPercent: integer({
    description:
      'Part of the tasks beyond onDemandCount that runs on Spot: about a third of the price, taken back at two minutes’ notice.',
    unit: '%',
    min: 0,
    max: 100,
    default: 0,
    change: 'restart',
    source: 'When AWS has no Spot capacity, those tasks are missing until it has: keep enough on demand.',
  }),
  onDemandCount: integer({
    description: 'Tasks of a service that never run on Spot.',
    unit: 'tasks',
    min: 0,
    max: 100,
    default: 1,
    change: 'restart',
  }),
  ecsExec: flag({
    description:
      'Lets people with the permission open a shell in a running task (aws ecs execute-command); what they do is logged.',
    default: false,
    change: 'restart',
    source:
      'The agent needs three writable folders, which the otherwise read-only root file system gets: aws/containers-roadmap#1359.',
  }),
};
