import { describe, expect, it } from 'vitest';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { readSettings } from '../program/settings.ts';
import { copyOfFixtureProject } from '../testing/fixture-project.ts';
import { checkEncryptedOnTheWay } from './plain-http.ts';
import { createAwsTarget } from './target.ts';

const settings = readSettings(fixtureProject, 'prod');
const domain = { name: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

describe('an environment on AWS', () => {
  it('is refused with the settings of prod, which name no domain', () => {
    expect(() => checkEncryptedOnTheWay('prod', settings)).toThrow(
      expect.objectContaining({ code: 'PLAIN_HTTP', message: expect.stringContaining('prod has no domainName') }),
    );
  });

  it.each([
    ['a domain', { edge: { ...settings.edge, domain } }, { value: 'https://api.example.com' }],
    [
      'the setting that accepts plain HTTP',
      { edge: { ...settings.edge, plainHttp: true } },
      { value: 'plain HTTP, which plainHttp accepts' },
    ],
    [
      'data that may be deleted',
      { deletionProtection: false },
      { skipped: 'prod has neither domainName nor deletionProtection' },
    ],
  ])('is allowed with %s', (_, given, finding) => {
    expect(checkEncryptedOnTheWay('prod', { ...settings, ...given })).toEqual(finding);
  });

  it('is allowed as staging is', () => {
    expect(() => checkEncryptedOnTheWay('staging', readSettings(fixtureProject, 'staging'))).not.toThrow();
  });

  const https = (purpose?: 'up' | 'promote' | 'rollback') => {
    const target = createAwsTarget({
      projectDirectory: copyOfFixtureProject(),
      environmentVariables: {},
      note: () => undefined,
    });
    const found = target.prerequisites('prod', purpose).find(({ name }) => name === 'HTTPS');
    if (found === undefined) throw new Error('HTTPS is no prerequisite');
    return found;
  };

  it.each([undefined, 'up', 'promote'] as const)('is checked before it changes: %s', async (purpose) => {
    expect(https(purpose).skip).toBeUndefined();
    await expect(https(purpose).check()).rejects.toMatchObject({ code: 'PLAIN_HTTP' });
  });

  it('is rolled back all the same', () => {
    expect(https('rollback').skip).toBe('a rollback changes nothing about it');
  });
});
