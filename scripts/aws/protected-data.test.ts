import { expect, it } from 'vitest';
import { parseSettings } from '../../infra/settings/parse.ts';
import { PromotionChain } from '../program/promotion-chain.ts';
import { checkDataProtected } from './protected-data.ts';

const chain = new PromotionChain([
  { environment: 'dev' },
  { environment: 'qa', promoteFrom: 'dev' },
  { environment: 'live', promoteFrom: 'qa' },
]);
const settings = (deletionProtection: string, databaseFinalSnapshot: string) =>
  parseSettings({ 'aws:region': 'eu-central-1', deletionProtection, databaseFinalSnapshot }, 'any');

it('where a chain of promotion ends, the database has deletion protection and leaves a snapshot', () => {
  expect(checkDataProtected('live', settings('true', 'true'), chain)).toHaveProperty('value');
  expect(() => checkDataProtected('live', settings('false', 'false'), chain)).toThrow(
    expect.objectContaining({
      code: 'DATA_UNPROTECTED',
      message:
        'The chain of promotion ends with live, whose settings have no deletionProtection and no databaseFinalSnapshot.',
      remedy: 'Set deletionProtection: true and databaseFinalSnapshot: true in Pulumi.live.yaml.',
    }),
  );
  expect(() => checkDataProtected('live', settings('true', 'false'), chain)).toThrow(/no databaseFinalSnapshot/);
});

it('of an existing database, the snapshot is not the stack’s', () => {
  const { database, existing, ...rest } = settings('true', 'false');
  const shared = { identifier: 'shared', securityGroupId: 'sg-1', ownerSecretArn: 'arn', owner: 'postgres' };

  expect(checkDataProtected('live', { ...rest, database, existing: { ...existing, database: shared } }, chain)).toEqual(
    {
      value: 'deletion protection; that of the existing shared is not the stack’s',
    },
  );
});

it.each(['dev', 'qa', 'alone'])('%s may be as disposable as its settings say', (environment) => {
  expect(checkDataProtected(environment, settings('false', 'false'), chain)).toEqual({
    skipped: `no chain of promotion ends with ${environment}`,
  });
});
