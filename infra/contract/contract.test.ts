import { describe, expect, it } from 'vitest';
import type { App } from '../manifest/app.ts';
import { parseSettings } from '../settings/parse.ts';
import { exampleApp } from '../testing/example-app.ts';
import { ContractError, check } from './check.ts';
import { deriveContract } from './contract.ts';
import { type ContractNumbers, connectionDemand, deriveNumbers } from './numbers.ts';
import type { ProcessContract } from './processes.ts';
import { rolloutRules } from './rules/rollout.ts';

function settingsWith(config: Readonly<Record<string, string>> = {}) {
  // The worker has rows of its own.
  return parseSettings({ 'aws:region': 'eu-central-1', worker: 'off', ...config }, 'staging');
}

interface Row {
  readonly id: string;
  readonly holds: boolean;
  readonly found: string;
  /** Settings that lead there. */
  readonly config?: Readonly<Record<string, string>>;
  /** Another than the example. */
  readonly app?: App;
  /** Numbers that no setting leads to: the rule guards the derivation itself. */
  readonly numbers?: (derived: ContractNumbers) => Partial<ContractNumbers>;
}

const staysReady: App = { ...exampleApp, variables: { ...exampleApp.variables, GRACE: '{readyGraceSeconds}' } };

const withWorker = (config: Readonly<Record<string, string>> = {}) => ({ worker: 'on', ...config });

/** Puts other numbers into those of a process. */
function ofProcess(name: string, changes: Partial<ProcessContract>): NonNullable<Row['numbers']> {
  return ({ processes }) => {
    const process = processes[name];
    return process === undefined ? {} : { processes: { ...processes, [name]: { ...process, ...changes } } };
  };
}

const workerRows: readonly Row[] = [
  { id: 'C4.worker', holds: true, found: 'no process of this kind' },
  { id: 'C4.worker', holds: true, config: withWorker({ longestJobSeconds: '110' }), found: '115 s, 117 s' },
  {
    id: 'C4.worker',
    holds: false,
    config: withWorker({ longestJobSeconds: '110', closeMarginSeconds: '9' }),
    found: '119 s, 121 s',
  },
  { id: 'C15', holds: true, config: withWorker(), found: 'api: 2, 2, 4; worker: 1, 1, 2' },
  {
    id: 'C15',
    holds: false,
    config: withWorker(),
    numbers: () => ({ maximumHealthyPercent: 100 }),
    found: 'api: 2, 2, 2; worker: 1, 1, 1',
  },
  { id: 'C16', holds: true, config: withWorker({ slowestBootSeconds: '300' }), found: '300 s, 300 s' },
  {
    id: 'C16',
    holds: false,
    config: withWorker(),
    numbers: ({ liveness }) => ({ liveness: { ...liveness, startPeriodSeconds: 59 } }),
    found: '60 s, 59 s',
  },
  {
    id: 'C19',
    holds: false,
    config: withWorker({ workerMemoryMiB: '700' }),
    found:
      'api: 512 MiB with 256 CPU units, which support 512, 1024, 2048; worker: 700 MiB with 256 CPU units, which support 512, 1024, 2048',
  },
  {
    id: 'C21',
    holds: false,
    config: withWorker(),
    numbers: ofProcess('worker', { maxOldSpaceMiB: 361 }),
    found: 'api: 360 + 24 + 128 MiB, 512 MiB; worker: 361 + 24 + 128 MiB, 512 MiB',
  },
  { id: 'C22.worker', holds: true, config: withWorker({ workerConcurrency: '9' }), found: '9 + 3, 12' },
  {
    id: 'C22.worker',
    holds: false,
    config: withWorker(),
    numbers: ofProcess('worker', { poolSize: 6 }),
    found: '4 + 3, 6',
  },
  // Two tasks of seven connections at most, twice: 28 of the 68 that are left.
  { id: 'C22', holds: true, config: withWorker(), found: 'pool of 5, 80 of 80 connections' },
  {
    id: 'C22',
    holds: false,
    config: withWorker({ workerMaxCount: '4' }),
    found: 'pool of 1, 76 of 80 connections',
  },
];

/** Two rows a rule: the last numbers that keep it, and the first that break it. */
const rows: readonly Row[] = [
  { id: 'C1', holds: true, config: { albIdleTimeoutSeconds: '60' }, found: '60 s, 65 s, 66 s' },
  { id: 'C1', holds: false, numbers: () => ({ keepAliveTimeoutSeconds: 60 }), found: '60 s, 60 s, 66 s' },
  { id: 'C1', holds: false, numbers: () => ({ headersTimeoutSeconds: 65 }), found: '60 s, 65 s, 65 s' },

  { id: 'C2', holds: true, config: { longestRequestSeconds: '20', albIdleTimeoutSeconds: '21' }, found: '20 s, 21 s' },
  { id: 'C2', holds: false, config: { longestRequestSeconds: '20', albIdleTimeoutSeconds: '20' }, found: '20 s, 20 s' },

  {
    id: 'C2.database',
    holds: true,
    config: { databaseStatementTimeoutMs: '20000' },
    found: '20000 ms, 5000 ms, 20 s',
  },
  {
    id: 'C2.database',
    holds: false,
    config: { databaseStatementTimeoutMs: '20001' },
    found: '20001 ms, 5000 ms, 20 s',
  },
  {
    id: 'C2.database',
    holds: false,
    config: { databaseConnectTimeoutMs: '20001' },
    found: '10000 ms, 20001 ms, 20 s',
  },

  { id: 'C4', holds: true, numbers: () => ({ stopTimeoutSeconds: 120 }), found: '120 s' },
  { id: 'C4', holds: false, numbers: () => ({ stopTimeoutSeconds: 121 }), found: '121 s' },
  { id: 'C4', holds: false, numbers: () => ({ stopTimeoutSeconds: 1 }), found: '1 s' },

  { id: 'C5', holds: true, config: { stopTimeoutSeconds: '32' }, found: '30 s + 2 s, 32 s' },
  { id: 'C5', holds: false, config: { stopTimeoutSeconds: '31' }, found: '30 s + 2 s, 31 s' },
  { id: 'C5', holds: false, config: { longestRequestSeconds: '24' }, found: '34 s + 2 s, 35 s' },

  { id: 'C8', holds: true, numbers: () => ({ deregistrationDelaySeconds: 20 }), found: '20 s, 20 s' },
  { id: 'C8', holds: false, numbers: () => ({ deregistrationDelaySeconds: 19 }), found: '20 s, 19 s' },

  { id: 'C9', holds: true, numbers: () => ({ deregistrationDelaySeconds: 1045 }), found: '1045 s + 35 s' },
  { id: 'C9', holds: false, numbers: () => ({ deregistrationDelaySeconds: 1046 }), found: '1046 s + 35 s' },

  { id: 'C11', holds: true, config: { healthCheckTimeoutSeconds: '4' }, found: '4 s of 5 s, 5 s of 10 s' },
  { id: 'C11', holds: false, config: { healthCheckTimeoutSeconds: '5' }, found: '5 s of 5 s, 5 s of 10 s' },

  { id: 'C11.dependency', holds: true, config: { readyTimeoutMs: '3999' }, found: '3999 ms, 4 s' },
  { id: 'C11.dependency', holds: false, config: { readyTimeoutMs: '4000' }, found: '4000 ms, 4 s' },

  { id: 'C12', holds: true, numbers: () => ({ gracePeriodSeconds: 70 }), found: '60 s + 10 s, 70 s' },
  { id: 'C12', holds: false, numbers: () => ({ gracePeriodSeconds: 69 }), found: '60 s + 10 s, 69 s' },

  { id: 'C13', holds: true, config: { toleratedOutageSeconds: '50' }, found: '50 s, 0 s + 10 × 5 s' },
  // Checks that are further apart, for an app that does not tolerate outages by itself.
  { id: 'C13', holds: true, config: { toleratedOutageSeconds: '120' }, found: '120 s, 0 s + 10 × 12 s' },
  {
    id: 'C13',
    holds: true,
    config: { toleratedOutageSeconds: '600' },
    app: staysReady,
    found: '600 s, 550 s + 10 × 5 s',
  },
  {
    id: 'C13',
    holds: false,
    config: { toleratedOutageSeconds: '50' },
    numbers: ({ readiness }) => ({ readiness: { ...readiness, unhealthyThreshold: 11 } }),
    found: '50 s, 0 s + 11 × 5 s',
  },

  { id: 'C14', holds: true, config: { slowestBootSeconds: '300' }, found: '300 s, 300 s' },
  {
    id: 'C14',
    holds: false,
    numbers: ({ liveness }) => ({ liveness: { ...liveness, startPeriodSeconds: 59 } }),
    found: '60 s, 59 s',
  },

  { id: 'C15', holds: true, config: { apiDesiredCount: '1' }, found: '1, 1, 2' },
  { id: 'C15', holds: false, numbers: () => ({ maximumHealthyPercent: 100 }), found: '2, 2, 2' },
  { id: 'C15', holds: false, numbers: () => ({ minimumHealthyPercent: 50 }), found: '1, 2, 4' },

  {
    id: 'C19',
    holds: true,
    config: { apiMemoryMiB: '2048' },
    found: '2048 MiB with 256 CPU units, which support 512, 1024, 2048',
  },
  {
    id: 'C19',
    holds: false,
    config: { apiMemoryMiB: '3072' },
    found: '3072 MiB with 256 CPU units, which support 512, 1024, 2048',
  },
  {
    id: 'C19',
    holds: false,
    config: { apiCpuUnits: '8192', apiMemoryMiB: '21504' },
    found: '21504 MiB with 8192 CPU units, which support 16384, 20480, 24576 … 61440',
  },

  { id: 'C20', holds: true, config: { apiMemoryMiB: '512' }, found: '512 + 0 MiB, 512 MiB' },
  {
    id: 'C20',
    holds: false,
    numbers: ofProcess('api', { containerMemoryMiB: 513 }),
    found: '513 + 0 MiB, 512 MiB',
  },

  { id: 'C21', holds: true, config: { apiMemoryMiB: '512' }, found: '360 + 24 + 128 MiB, 512 MiB' },
  {
    id: 'C21',
    holds: false,
    numbers: ofProcess('api', { maxOldSpaceMiB: 361 }),
    found: '361 + 24 + 128 MiB, 512 MiB',
  },
  {
    id: 'C21',
    holds: false,
    numbers: ofProcess('api', { maxOldSpaceMiB: 127 }),
    found: '127 + 24 + 128 MiB, 512 MiB',
  },

  { id: 'C22', holds: true, config: { apiMaxCount: '17' }, found: 'pool of 2, 80 of 80 connections' },
  { id: 'C22', holds: false, config: { apiMaxCount: '18' }, found: 'pool of 1, 48 of 80 connections' },
  { id: 'C22', holds: false, config: { apiMaxCount: '40' }, found: 'pool of 0, 12 of 80 connections' },
  {
    id: 'C22',
    holds: false,
    numbers: ({ database }) => ({ database: { ...database, connectionsDuringRollout: 69 } }),
    found: 'pool of 8, 81 of 80 connections',
  },

  ...workerRows,

  { id: 'C29', holds: true, config: { slowestBootSeconds: '60' }, found: '390 s + 0 s + 25 s + 35 s, 705 s' },
  {
    id: 'C29',
    holds: false,
    numbers: () => ({ rolloutTimeoutSeconds: 449 }),
    found: '390 s + 0 s + 25 s + 35 s, 449 s',
  },
];

describe('each rule of the contract', () => {
  it.each(rows)('$id: $found, holds: $holds', ({ id, holds, found, config, app = exampleApp, numbers }) => {
    const settings = settingsWith(config);
    const derived = deriveNumbers(settings, app);

    const outcome = check({ ...derived, ...numbers?.(derived) }, settings).find((result) => result.id === id);

    expect(outcome).toMatchObject({ id, holds, found });
  });

  it('has a case that keeps it and one that breaks it', () => {
    const elsewhere = rolloutRules.map(({ id }) => id);
    const all = check(deriveNumbers(settingsWith(), exampleApp), settingsWith()).map(({ id }) => id);
    const ids = all.filter((id) => !elsewhere.includes(id));
    const covered = (holds: boolean) => ids.filter((id) => rows.some((row) => row.id === id && row.holds === holds));

    expect(covered(true)).toEqual(ids);
    expect(covered(false)).toEqual(ids);
  });
});

describe('deriveContract', () => {
  it('says which rules are broken, with the numbers, the reason and the way out', () => {
    const settings = settingsWith({ longestRequestSeconds: '70', stopTimeoutSeconds: '60' });

    expect(() => deriveContract(settings, exampleApp)).toThrow(
      [
        'The settings of staging break 2 rules of the contract:',
        '  C2: request timeout < ALB idle timeout',
        '    found: 70 s, 60 s',
        '    why: Otherwise the load balancer returns 504 while the app is still processing the request.',
        '    Raise albIdleTimeoutSeconds or lower longestRequestSeconds.',
        '  C5: drain delay + longest request + close margin (= shutdown timeout) + 2 s <= stop timeout',
        '    found: 80 s + 2 s, 60 s',
        '    why: After the stop timeout ECS kills the container together with its requests in flight.',
        '    Raise stopTimeoutSeconds or lower longestRequestSeconds, drainDelaySeconds or closeMarginSeconds.',
      ].join('\n'),
    );
  });

  it('names the keys of the process that breaks a rule', () => {
    const app = {
      ...exampleApp,
      processes: { ...exampleApp.processes, 'mail-queue': { command: ['node', 'mail.js'] } },
    };
    const settings = settingsWith({ mailQueueMemoryMiB: '700' });

    expect(() => deriveContract(settings, app)).toThrow(
      /C19: .*\n {4}found: api: 512 MiB .*; mail-queue: 700 MiB .*\n.*\n {4}Set mailQueueCpuUnits and mailQueueMemoryMiB to/,
    );
  });

  it('leaves to the tasks that serve what those in the background do not take', () => {
    const queue = { command: ['node', 'mail.js'] };
    const app = { ...exampleApp, processes: { ...exampleApp.processes, mail: queue, reports: queue } };
    const { processes, database } = deriveContract(settingsWith({ apiMaxCount: '2', mailConcurrency: '2' }), app);

    // Of 68, two processes take 2 tasks × 2 releases × (2 or 4 jobs + 3 spare connections); four tasks share the rest.
    expect(processes).toMatchObject({ mail: { poolSize: 5 }, reports: { poolSize: 7 }, api: { poolSize: 5 } });
    expect(database.connectionsDuringRollout).toBe(4 * 5 + 4 * 7 + 4 * 5);
  });

  it('lists only what is broken as problems', () => {
    try {
      deriveContract(settingsWith({ apiMemoryMiB: '3072' }), exampleApp);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ContractError);
      expect(error instanceof ContractError && error.problems.map(({ id }) => id)).toEqual(['C19']);
    }
  });

  it('keeps what was checked, for a preview to show', () => {
    const { checks } = deriveContract(settingsWith(), exampleApp);

    expect(checks.every(({ holds, rule, source }) => holds && rule !== '' && source !== '')).toBe(true);
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });
});

describe('the heap', () => {
  // Old space, semi space: the rest of the limit is the young generation (three semi spaces) and the headroom.
  it.each([
    [512, 360, 8],
    [1024, 771, 16],
    [2048, 1542, 32],
    [4096, 3180, 32],
    [8192, 6457, 32],
  ])('of a container of %i MiB is %i MiB of old space, with semi spaces of %i MiB', (memory, old, semi) => {
    const config = { apiCpuUnits: memory > 4096 ? '2048' : '1024', apiMemoryMiB: String(memory) };
    const { processes } = deriveNumbers(settingsWith(config), exampleApp);

    expect(processes['api']?.maxOldSpaceMiB).toBe(old);
    expect(processes['api']?.maxSemiSpaceMiB).toBe(semi);
  });
});

describe('the pool', () => {
  it.each([
    ['db.t4g.micro', 2, 10, 'is limited by databasePoolSizeMax'],
    ['db.t4g.micro', 4, 8, 'is what max_connections leaves to the tasks of a rollout'],
    ['db.t4g.micro', 10, 3, 'gets smaller as autoscaling may go further'],
    ['db.t4g.small', 10, 7, 'gets larger with the instance'],
  ])('with %s and up to %i tasks is %i: it %s', (databaseInstanceClass, most, size) => {
    const numbers = deriveNumbers(
      settingsWith({ databaseInstanceClass, apiDesiredCount: '2', apiMaxCount: String(most) }),
      exampleApp,
    );

    expect(numbers.processes['api']?.poolSize).toBe(size);
    expect(connectionDemand(numbers)).toBeLessThanOrEqual(numbers.database.maxConnections);
  });
});

describe('the timings', () => {
  it('follow from the longest request', () => {
    const numbers = deriveNumbers(
      settingsWith({ longestRequestSeconds: '50', stopTimeoutSeconds: '62', albIdleTimeoutSeconds: '90' }),
      exampleApp,
    );

    expect(numbers).toMatchObject({
      requestTimeoutSeconds: 50,
      shutdownTimeoutSeconds: 60,
      deregistrationDelaySeconds: 55,
      keepAliveTimeoutSeconds: 95,
      headersTimeoutSeconds: 96,
    });
  });

  it('allow at least two failed checks, however short the tolerated outage', () => {
    const numbers = deriveNumbers(
      settingsWith({ toleratedOutageSeconds: '10', healthCheckIntervalSeconds: '60' }),
      exampleApp,
    );

    expect(numbers.readiness.unhealthyThreshold).toBe(2);
  });
});
