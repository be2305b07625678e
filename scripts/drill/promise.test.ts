import { describe, expect, it } from 'vitest';
import type { Evidence, Sample } from './evidence.ts';
import type { Sent } from './load.ts';
import {
  alarmFires,
  atMostFail,
  atMostShareFails,
  type Clause,
  commandEnds,
  everyTaskEndsWith,
  judge,
  keepsServing,
  noRequestFails,
  nothingLost,
  probesPass,
  recoversWithin,
  restoredToTheMoment,
  taskEnds,
  tasksReadyWithin,
  tasksReplaced,
  verdictOf,
} from './promise.ts';

const answered = (dueAt: number, more: Partial<Sent> = {}): Sent => ({ dueAt, latencyMs: 5, status: 200, ...more });
const failed = (dueAt: number, failure = 'status 502'): Sent => answered(dueAt, { status: 502, failure });
const sampled = (at: number, ready: number, containers: readonly string[] = ['a', 'b']): Sample => ({
  at,
  services: [{ name: 'api', desired: 2, ready, containers }],
});
const evidence = (of: Partial<Evidence>): Evidence => ({
  seconds: 10,
  lateMs: 0,
  sent: [answered(0), answered(9000)],
  marks: [
    { at: 2000, name: 'fault', text: 'it breaks' },
    { at: 5000, name: 'over', text: 'it is over' },
  ],
  samples: [sampled(0, 2), sampled(9000, 2)],
  commands: [],
  ended: [],
  writes: { written: 2, acknowledged: 2, lost: [], doubled: [], failed: 0 },
  versionBefore: '1.0.0',
  probes: [],
  facts: {},
  ...of,
});
const keeps = (clause: Clause, of: Partial<Evidence>) => clause.judge(evidence(of));
const command = (exitCode: number, json: object = {}) => ({
  words: ['up', 'staging'],
  exitCode,
  json: { ...json },
  seconds: 1,
});

describe('a promise', () => {
  it.each<[string, Clause, Partial<Evidence>, boolean]>([
    ['no failed request', noRequestFails(), {}, true],
    ['one failed request', noRequestFails(), { sent: [answered(0), failed(1)] }, false],
    ['no request at all', noRequestFails(), { sent: [] }, false],
    ['as many failed requests as are allowed', atMostFail(2), { sent: [failed(0), failed(1)] }, true],
    ['one more than are allowed', atMostFail(1), { sent: [failed(0), failed(1)] }, false],
    ['few failures meanwhile', atMostShareFails(0.5, 'fault', 'over'), { sent: [failed(3000), answered(4000)] }, true],
    [
      'many failures meanwhile',
      atMostShareFails(0.4, 'fault', 'over'),
      { sent: [failed(3000), answered(4000)] },
      false,
    ],
    ['no request meanwhile', atMostShareFails(0.5, 'fault', 'over'), { sent: [answered(0)] }, false],
    [
      'failures while it lasts',
      recoversWithin(1, 'over'),
      { sent: [failed(3000), failed(5900), answered(7000)] },
      true,
    ],
    ['an alarm that fires', alarmFires('api-5xx'), { alarms: [{ at: 3000, name: 'api-5xx', fires: true }] }, true],
    [
      'an alarm that fired before it',
      alarmFires('api-5xx'),
      {
        alarms: [
          { at: 1000, name: 'api-5xx', fires: true },
          { at: 3000, name: 'api-5xx', fires: false },
        ],
      },
      false,
    ],
    ['another alarm', alarmFires('api-5xx'), { alarms: [{ at: 3000, name: 'api-cpu', fires: true }] }, false],
    ['no alarm', alarmFires('api-5xx'), { alarms: [] }, false],
    ['alarms that nobody read', alarmFires('api-5xx'), {}, false],
    ['a failure too late', recoversWithin(1, 'over'), { sent: [failed(6100), answered(7000)] }, false],
    ['a failure before it', recoversWithin(1, 'over'), { sent: [failed(500), answered(7000)] }, false],
    ['no answer after the failures', recoversWithin(1, 'over'), { sent: [answered(0), failed(5100)] }, false],
    ['a fault that did not happen', recoversWithin(1, 'over'), { marks: [] }, false],
    ['the same release', keepsServing(), { sent: [answered(9000, { version: '1.0.0' })] }, true],
    [
      'another release too',
      keepsServing(),
      { sent: [answered(9000, { version: '1.0.0' }), answered(9001, { version: '2.0.0' })] },
      false,
    ],
    ['no answer with a release', keepsServing(), {}, false],
    ['the exit code', commandEnds([1], ''), { commands: [command(1)] }, true],
    ['another exit code', commandEnds([1], ''), { commands: [command(0)] }, false],
    ['a reason that is not named', commandEnds([1], '', /MIGRATION/), { commands: [command(1)] }, false],
    [
      'a reason that is named',
      commandEnds([1], '', /MIGRATION/),
      { commands: [command(1, { error: 'MIGRATION' })] },
      true,
    ],
    ['the first command', commandEnds([1], '', undefined, 'first'), { commands: [command(1), command(0)] }, true],
    ['no command', commandEnds([1], ''), {}, false],
    ['the same tasks', tasksReplaced('api', 0), {}, true],
    ['another task', tasksReplaced('api', 0), { samples: [sampled(0, 2), sampled(9000, 2, ['a', 'c'])] }, false],
    ['a task more', tasksReplaced('api', 0), { samples: [sampled(0, 2), sampled(9000, 2, ['a', 'b', 'c'])] }, true],
    ['nothing seen', tasksReplaced('api', 0), { samples: [] }, false],
    [
      'tasks that come back',
      tasksReadyWithin('api', 3, 'fault'),
      { samples: [sampled(2500, 1), sampled(4900, 2)] },
      true,
    ],
    [
      'tasks that come back too late',
      tasksReadyWithin('api', 3, 'fault'),
      { samples: [sampled(4900, 1), sampled(5100, 2)] },
      false,
    ],
    [
      'tasks that do not come back',
      tasksReadyWithin('api', 60, 'fault'),
      { samples: [sampled(2500, 2), sampled(9000, 1)] },
      false,
    ],
    [
      'a task that ended so',
      taskEnds('api', { exitCode: 137 }, ''),
      { ended: [{ service: 'api', container: 'a', exitCode: 137, outOfMemory: false }] },
      true,
    ],
    [
      'a task that ended otherwise',
      taskEnds('api', { outOfMemory: true }, ''),
      { ended: [{ service: 'api', container: 'a', exitCode: 137, outOfMemory: false }] },
      false,
    ],
    [
      'a clean end',
      everyTaskEndsWith('api', 0),
      { ended: [{ service: 'api', container: 'a', exitCode: 0, outOfMemory: false }] },
      true,
    ],
    ['probes that passed', probesPass(''), { probes: [{ name: 'p', passed: true, detail: '' }] }, true],
    ['a probe that failed', probesPass(''), { probes: [{ name: 'p', passed: false, detail: '' }] }, false],
    ['no probe', probesPass(''), {}, false],
    ['all writes', nothingLost(), {}, true],
    [
      'a lost write',
      nothingLost(),
      { writes: { written: 2, acknowledged: 2, lost: ['drill-1'], doubled: [], failed: 0 } },
      false,
    ],
    [
      'a doubled write',
      nothingLost(),
      { writes: { written: 2, acknowledged: 2, lost: [], doubled: ['drill-1'], failed: 0 } },
      false,
    ],
    [
      'no acknowledged write',
      nothingLost(),
      { writes: { written: 2, acknowledged: 0, lost: [], doubled: [], failed: 2 } },
      false,
    ],
    // The fault is at 2 s.
    [
      'a restore without what was written after it',
      restoredToTheMoment(),
      {
        writes: {
          written: 20,
          acknowledged: 20,
          lost: ['drill-10', 'drill-19'],
          lostAt: [2100, 3900],
          doubled: [],
          failed: 0,
        },
      },
      true,
    ],
    [
      'a restore without an earlier write',
      restoredToTheMoment(),
      {
        writes: {
          written: 20,
          acknowledged: 20,
          lost: ['drill-5', 'drill-19'],
          lostAt: [1100, 3900],
          doubled: [],
          failed: 0,
        },
      },
      false,
    ],
    [
      'a restore that took nothing back',
      restoredToTheMoment(),
      { writes: { written: 20, acknowledged: 20, lost: [], doubled: [], failed: 0 } },
      false,
    ],
    [
      'writes that could not be read back',
      nothingLost(),
      { writes: { notChecked: 'the writes could not be read back: 503' } },
      false,
    ],
  ])('is judged by %s', (_what, clause, of, kept) => {
    expect(keeps(clause, of)).toMatchObject({ kept });
  });

  it('is not checked where no task ended while the drill watched', () => {
    expect(keeps(everyTaskEndsWith('api', 0), {})).toMatchObject({ notChecked: expect.any(String) });
  });

  it('says what was not checked, which is neither kept nor broken', () => {
    expect(keeps(nothingLost(), { writes: { notChecked: 'no write: none' } })).toEqual({
      notChecked: 'no write: none',
    });
    expect(keeps(keepsServing(), { versionBefore: undefined })).toHaveProperty('notChecked');
  });

  it('is broken by one clause, and by having nothing to judge by', () => {
    const all = [noRequestFails(), nothingLost()];
    expect(verdictOf(judge(all, evidence({})))).toBe('kept');
    expect(verdictOf(judge(all, evidence({ sent: [failed(0)] })))).toBe('broken');
    expect(verdictOf([{ promised: '', notChecked: 'no write' }])).toBe('broken');
    expect(verdictOf([])).toBe('broken');
  });
});
