import { expect, it } from 'vitest';
import type { Status } from '../release/status.ts';
import { plain } from './paint.ts';
import { renderStatus } from './status-text.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const status: Status = {
  environment: 'prod',
  at: '2026-11-21T10:00:00.000Z',
  runs: {
    value: {
      url: 'https://api.example.com',
      processes: [
        {
          name: 'api',
          desired: 4,
          running: 4,
          healthy: 4,
          releases: [{ digest: 'sha256:aa', version: '0.1.0-aaaaaaaaaaaa', tasks: 4, healthy: 4 }],
        },
        {
          name: 'worker',
          desired: 2,
          running: 1,
          healthy: 0,
          releases: [{ digest: `sha256:${'b'.repeat(64)}`, tasks: 1, healthy: 0 }],
        },
      ],
    },
  },
  expiry: { value: null },
  lastRuns: { value: [] },
  maintenance: { value: { recorded: null, shown: false } },
  last: {
    value: {
      action: 'promote',
      outcome: 'good',
      version: '0.1.0-aaaaaaaaaaaa',
      commit: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
      by: 'ada@desk',
      at: '2026-11-21T09:00:00.000Z',
    },
  },
  holds: { value: [] },
  frozen: { value: null },
  alarms: { value: { firing: [], withoutData: [] } },
  rollback: { value: { to: '0.0.9-cccccccccccc', evenFrozen: false, time: { seconds: 64, atMost: true } } },
  problems: [],
  explanation: '',
};
const render = (changes: Partial<Status> = {}) =>
  renderStatus({ ...status, ...changes }, { target: 'aws', paint: plain, now });

it('fits into 80 columns, without colours', () => {
  expect(render().split('\n')).toEqual([
    'https://api.example.com',
    '',
    'PROCESS  TASKS              RELEASE',
    'api      4 of 4, healthy    0.1.0-aaaaaaaaaaaa',
    'worker   1 of 2, 0 healthy  unrecorded bbbbbbbbbbbb',
    '',
    'last change  promote 0.1.0-aaaaaaaaaaaa, verified, 1 h ago by ada@desk, commit',
    '             0a1b2c3d4e5f',
    'rollback     possible, to 0.0.9-cccccccccccc within 1 min 4 s: npm run stack --',
    '             rollback prod --target aws',
    'freeze       none',
    'on hold      none',
    'alarms       none is firing',
  ]);
});

it('names what stands in for resources of AWS, and says when it is not ready', () => {
  const standIn = { name: 'ministack', title: 'MiniStack', resources: 'shop-staging-uploads', healthy: true };
  const runs = (healthy: boolean): Status['runs'] => ({
    value: { url: '', processes: [], standIns: [{ ...standIn, healthy }] },
  });

  expect(render({ runs: runs(true) })).toMatch(
    /stands in +MiniStack for shop-staging-uploads: ready; its lines: logs\s+--service ministack/,
  );
  expect(render({ runs: runs(false) })).toContain('MiniStack for shop-staging-uploads: not ready');
});

it('says of what is unknown that it is, and why', () => {
  const unknown = { unknown: 'The AWS credentials lack the permission cloudwatch:DescribeAlarms.' };
  const lines = render({ runs: unknown, last: unknown, alarms: unknown, rollback: unknown, frozen: unknown }).split(
    '\n',
  );

  expect(lines.filter((line) => /\bunknown:/.test(line))).toHaveLength(5);
  expect(lines.join('\n')).not.toMatch(/none is firing|possible/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('names the alarms that are firing, since when, and those without data', () => {
  const alarms = {
    value: {
      firing: [{ name: 'prod-api-errors', reason: '12 errors in a minute', since: '2026-11-21T09:30:00.000Z' }],
      withoutData: ['prod-queue-age'],
    },
  };

  expect(render({ alarms })).toContain(
    [
      'alarms       1 firing: prod-api-errors, since 30 min: 12 errors in a minute;',
      '             without data: prod-queue-age',
    ].join('\n'),
  );
});

it('names the freeze, the holds and the rule that forbids a rollback', () => {
  const text = render({
    frozen: { value: { reason: 'end of quarter', by: 'ada@desk', at: '2026-11-20T09:00:00.000Z' } },
    holds: { value: [{ version: '0.2.0-dddddddddddd', digest: 'sha256:dd', reason: 'slow', by: 'ada', at: '2026' }] },
    rollback: { value: { refused: 'the contract migration 0002-drop has run since.' } },
  });

  expect(text).toContain('freeze       since 2026-11-20T09:00:00.000Z by ada@desk: end of quarter');
  expect(text).toContain('on hold      0.2.0-dddddddddddd (slow)');
  expect(text).toContain('rollback     not possible: the contract migration 0002-drop has run since.');
});

it('says how the last runs of schedules ended, and what is not known of them', () => {
  const at = '2026-11-21T09:30:00.000Z';
  const shown = render({
    lastRuns: {
      value: [
        { process: 'report', at, failed: 'exit code 3' },
        { process: 'clean', at },
        { process: 'new' },
        { process: 'old', unknown: 'there is no log group' },
      ],
    },
  });
  expect(shown).toContain(
    [
      'schedules    report: last run 30 min ago, failed: exit code 3; clean: last run',
      '             30 min ago, done; new: no run has ended; old: last run unknown:',
      '             there is no log group',
    ].join('\n'),
  );
});

it('says in so many words that nothing runs', () => {
  expect(render({ runs: { value: null } }).split('\n')[0]).toBe('Nothing runs.');
});

it('says when an environment expires, or has', () => {
  const expiry = (expires: string) => ({
    value: { environment: 'pr-1', expires, from: 'staging', by: 'ada@desk', at: '2026-11-21T09:00:00.000Z' },
  });
  const shown = (expires: string) =>
    renderStatus({ ...status, expiry: expiry(expires) }, { target: 'local', paint: plain, now })
      .split('\n')
      .find((line) => line.startsWith('expires'));
  expect(shown('2026-11-22T00:00:00Z')).toBe('expires      at 2026-11-22T00:00:00Z, made from staging');
  expect(shown('2026-11-20T00:00:00Z')).toBe(
    'expires      since 2026-11-20T00:00:00Z: prune removes it, made from staging',
  );
});
