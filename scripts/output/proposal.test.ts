import { expect, it } from 'vitest';
import { compareReleases } from '../release/difference.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { contract, expand, release } from '../release/testing/memory-flow.ts';
import { plain } from './paint.ts';
import { renderPromotion, renderRollback } from './proposal.ts';

const one = release('1.0.0', expand('0-create'));
const two = release('2.0.0', expand('0-create'), contract('1-drop'));
const plan = {
  environment: 'prod',
  release: two,
  build: false,
  settingsHash: '',
  programCommit: '',
  changes: [],
  losses: [],
};

/** A promotion of 2.0.0 that changes nothing else. */
const unchanged = {
  from: 'staging',
  to: 'prod',
  evidence: entry('2.0.0'),
  release: two,
  settings: { different: [], equal: 40 },
  changes: [],
  contractMigrations: [],
  rollback: { value: { to: '1.0.0', time: { seconds: 8, atMost: false } } },
  hold: undefined,
  accepted: {},
  plan,
};

it('renderPromotion shows release, migrations, settings, changes and what was set aside, each version once', () => {
  const text = renderPromotion(
    {
      from: 'staging',
      to: 'prod',
      evidence: entry('2.0.0'),
      release: two,
      before: one,
      running: 'api 2 × 1.0.0, worker 1 × 1.0.0',
      difference: compareReleases(one, two),
      settings: {
        different: [
          { key: 'apiMemoryMiB', from: '512', to: '1024' },
          { key: 'domainName', from: undefined, to: 'api.example.com' },
          { key: 'promoteFrom', from: '', to: 'staging' },
        ],
        equal: 40,
      },
      changes: [
        'run the migrations of 2.0.0',
        'update the service api: release 1.0.0 → 2.0.0',
        'update the service worker: release 1.0.0 → 2.0.0, tasks 1 → 2',
      ],
      contractMigrations: [contract('1-drop')],
      rollback: {
        value: {
          refused: 'prod cannot be rolled back to 1.0.0: the contract migration 1-drop has run since.',
          code: 'CONTRACT_MIGRATION_BETWEEN',
        },
      },
      hold: { version: '2.0.0', digest: two.digest, reason: 'checkout failed', by: 'eve', at: '2026-11-20' },
      accepted: { rolledBack: 'the provider is back', dirty: 'it could not wait', oneWay: 'nobody reads it' },
      plan,
    },
    plain,
  );
  expect(text.split('\n')).toEqual([
    'Promotion from staging to prod',
    '  current  1.0.0  commit c-1.0.0  digest 312e302e3000  api 2, worker 1',
    '  new      2.0.0  commit c-2.0.0  digest 322e302e3000',
    '  runs the migration 1-drop first, unless it has run',
    '  verified on staging, 2026-11-21T08:00:00.000Z by ada@desk',
    '  settings: 40 equal, 3 differ',
    '    key           staging  prod',
    '    apiMemoryMiB  512      1024',
    '    domainName    –        api.example.com',
    '    promoteFrom   –        staging',
    '  changes',
    '    run the migrations of the new release',
    '    update the service api: release current → new',
    '    update the service worker: release current → new, tasks 1 → 2',
    '  rollback afterwards: none. prod cannot be rolled back to the current release: the contract migration 1-drop has run since. (accepted: nobody reads it)',
    '  ! 1-drop is a contract migration (accepted)',
    '  ! built from uncommitted changes (allowed: it could not wait)',
    '  ! on hold on prod: checkout failed (accepted: the provider is back)',
  ]);
  for (const version of ['1.0.0', '2.0.0']) expect(text.split(` ${version} `)).toHaveLength(2);
});

it('renderPromotion says what runs where that is not one release', () => {
  const text = renderPromotion(
    {
      ...unchanged,
      before: one,
      running: 'api 1 × 1.0.0 and 1 × 2.0.0',
      difference: compareReleases(one, two),
    },
    plain,
  );
  expect(text.split('\n')).toEqual([
    'Promotion from staging to prod',
    '  current  1.0.0  commit c-1.0.0  digest 312e302e3000  api 1 × 1.0.0 and 1 × 2.0.0',
    '  new      2.0.0  commit c-2.0.0  digest 322e302e3000',
    '  runs the migration 1-drop first, unless it has run',
    '  verified on staging, 2026-11-21T08:00:00.000Z by ada@desk',
    '  settings: 40 equal',
    '  changes: none',
    '  rollback afterwards: to the current release, in about 8.0 s',
  ]);
});

it('renderPromotion says once what several migrations have in common', () => {
  const { before: _, ...first } = compareReleases(undefined, two);
  const text = renderPromotion(
    {
      ...unchanged,
      before: undefined,
      running: 'nothing',
      difference: { before: undefined, ...first },
    },
    plain,
  );
  expect(text.split('\n').slice(3, 6)).toEqual([
    '  runs 2 migrations first, unless they have run:',
    '    0-create',
    '    1-drop',
  ]);
});

it('renderRollback shows what runs, what will, and what stays', () => {
  const text = renderRollback(
    {
      environment: 'prod',
      url: '',
      running: 'api 2 × 2.0.0',
      before: two,
      release: one,
      difference: compareReleases(two, one),
      changes: Array.from({ length: 32 }, (_, index) => `change ${index + 1}`),
      desired: ['api 2', 'worker 1'],
      serving: false,
      time: { seconds: 8, atMost: false },
      observed: { url: '', services: [] },
      hold: { version: '2.0.0', digest: two.digest, reason: 'rolled back to 1.0.0' },
      accepted: { frozen: 'holidays' },
      plan,
    },
    plain,
  );
  const lines = text.split('\n');
  expect(lines.slice(0, 6)).toEqual([
    'Rollback of prod',
    '  current  2.0.0  commit c-2.0.0  digest 322e302e3000  api 2',
    '  earlier  1.0.0  commit c-1.0.0  digest 312e302e3000',
    '  leaves the migration 1-drop in the schema',
    '  desired count stays: api 2, worker 1',
    '  changes',
  ]);
  expect(lines.slice(-5)).toEqual([
    '    change 30',
    '    and 2 more',
    '  gets all requests in about 8.0 s',
    '  ! the current release is put on hold: deploying it here again needs --accept-rolled-back',
    '  ! prod is frozen: holidays (--even-frozen)',
  ]);
});

it('says what a promotion adds to the monthly cost where prices were given, and nothing otherwise', () => {
  const facts = { ...unchanged, before: one, running: 'api 2 × 1.0.0', difference: compareReleases(one, two) };
  const value = {
    ...{ since: '1.0.0', monthly: { least: 34, most: 34 }, pricedDiffers: true },
    ...{ moreNotPriced: [], lessNotPriced: [] },
  };
  expect(renderPromotion(facts, plain, { value })).toContain(
    '\n  cost of this change: adds $34.00 a month compared with 1.0.0\n',
  );
  expect(renderPromotion(facts, plain)).not.toContain('cost');
});
