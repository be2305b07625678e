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

it('renderPromotion shows release, migrations, settings with equal ones folded, changes and what has no way back', () => {
  const text = renderPromotion(
    {
      from: 'staging',
      to: 'prod',
      evidence: entry('2.0.0'),
      release: two,
      before: one,
      running: 'api 2 × 1.0.0',
      difference: compareReleases(one, two),
      settings: {
        different: [
          { key: 'apiMemoryMiB', from: '512', to: '1024' },
          { key: 'domainName', from: undefined, to: 'api.example.com' },
        ],
        equal: 40,
      },
      changes: ['~ task definition api'],
      contractMigrations: [contract('1-drop')],
      plan,
    },
    plain,
  );
  expect(text.split('\n')).toEqual([
    'Promotion from staging to prod',
    '  runs on prod now   api 2 × 1.0.0',
    '  verified on staging  2026-11-21T08:00:00.000Z by ada@desk',
    '  release',
    '    - 1.0.0  commit c-1.0.0  digest 312e302e3000',
    '    + 2.0.0  commit c-2.0.0  digest 322e302e3000',
    '    migration 1-drop runs before it gets traffic, if it has not yet',
    '  settings (40 equal)',
    '    key           staging  prod',
    '    apiMemoryMiB  512      1024',
    '    domainName    –        api.example.com',
    '  changes',
    '    ~ task definition api',
    '  ! No way back to 1.0.0 once 1-drop has run (accepted).',
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
      observed: { url: '', services: [] },
      plan,
    },
    plain,
  );
  const lines = text.split('\n');
  expect(lines.slice(0, 7)).toEqual([
    'Rollback of prod',
    '  runs now  api 2 × 2.0.0',
    '  release',
    '    - 2.0.0  commit c-2.0.0  digest 322e302e3000',
    '    + 1.0.0  commit c-1.0.0  digest 312e302e3000',
    '    migration 1-drop stays in the schema',
    '  desired count stays  api 2, worker 1',
  ]);
  expect(lines.slice(-2)).toEqual(['    change 30', '    and 2 more']);
});
