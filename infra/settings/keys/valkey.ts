import { cacheNodeTypes } from '../../catalog/elasticache-node-types.ts';
import { dailyWindow, weeklyWindow } from '../windows.ts';
import { feature, settingGroup } from './group.ts';
import { choice, integer, text } from './schema.ts';

export const valkey = settingGroup('Valkey', {
  /** Absent: there is none. */
  valkey: feature(
    {
      valkey: choice('valkey', ['on', 'off'], {
        description:
          'Valkey (ElastiCache) for the cache, for rate limits that all tasks share, and for jobs. `off`: nothing is cached, each task limits on its own, and jobs stay in the outbox.',
        default: 'on',
        change: 'restart',
      }),
      nodeType: choice('valkeyNodeType', cacheNodeTypes, {
        description: 'ElastiCache node type. Three quarters of its memory hold data; when they are full, writes fail.',
        default: 'cache.t4g.micro',
        change: 'in place',
      }),
      replicas: integer('valkeyReplicas', {
        description:
          'Replicas in other Availability Zones. With at least one, ElastiCache fails over to it; without, the data in memory is lost with the node.',
        unit: 'replicas',
        min: 0,
        max: 5,
        default: 0,
        change: 'in place',
        source: 'An ElastiCache shard has at most five replicas.',
      }),
      snapshotRetentionDays: integer('valkeySnapshotRetentionDays', {
        description: 'Retention of daily snapshots. 0 disables snapshots.',
        unit: 'days',
        min: 0,
        max: 35,
        default: 1,
        change: 'in place',
      }),
      snapshotWindow: text('valkeySnapshotWindow', dailyWindow, {
        description: 'Window for the daily snapshot, in UTC.',
        rule: 'hh:mm-hh:mm, at least one hour, not overlapping valkeyMaintenanceWindow',
        default: '01:00-02:00',
        change: 'in place',
      }),
      maintenanceWindow: text('valkeyMaintenanceWindow', weeklyWindow, {
        description: 'Weekly window in which ElastiCache may patch and restart Valkey, in UTC.',
        rule: 'ddd:hh:mm-ddd:hh:mm, at least one hour, not overlapping valkeySnapshotWindow',
        default: 'sun:04:30-sun:05:30',
        change: 'in place',
      }),
    },
    ({ valkey, ...settings }) => (valkey === 'off' ? undefined : settings),
  ),
});
