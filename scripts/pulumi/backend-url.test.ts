import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { normalizeBackendUrl, readBackendUrl, readFullBackendUrl } from './backend-url.ts';

describe('the backend in use', () => {
  let project: string;
  let home: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'backend-url-'));
    home = join(project, 'home');
    mkdirSync(home);
    writeFileSync(join(project, 'Pulumi.yaml'), 'name: api\n');
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  it('is unknown where nobody is logged in', () => {
    expect(readBackendUrl(project, { PULUMI_HOME: home })).toBeUndefined();
  });

  it('is the login, unless the project names one, unless the environment does', () => {
    writeFileSync(join(home, 'credentials.json'), JSON.stringify({ current: 's3://of-the-login' }));
    expect(readBackendUrl(project, { PULUMI_HOME: home })).toBe('s3://of-the-login');

    writeFileSync(join(project, 'Pulumi.yaml'), 'name: api\nbackend:\n  url: s3://of-the-project\n');
    expect(readBackendUrl(project, { PULUMI_HOME: home })).toBe('s3://of-the-project');

    const variables = { PULUMI_HOME: home, PULUMI_BACKEND_URL: 's3://of-the-environment' };
    expect(readBackendUrl(project, variables)).toBe('s3://of-the-environment');
    expect(readBackendUrl(project, { ...variables, PULUMI_BACKEND_URL: '' })).toBe('s3://of-the-project');
  });

  it('keeps what another login needs, and never a password', () => {
    const full = (url: string) => readFullBackendUrl(project, { PULUMI_HOME: home, PULUMI_BACKEND_URL: url });
    expect(full('s3://state?region=eu-central-1&awssdk=v2')).toBe('s3://state?region=eu-central-1&awssdk=v2');
    expect(full('https://user:secret@api.pulumi.com')).toBe('https://api.pulumi.com');
  });
});

it.each([
  ['s3://state/', 's3://state'],
  ['s3://state?region=eu-central-1&awssdk=v2', 's3://state'],
  ['S3://state/team', 's3://state/team'],
  ['https://user:secret@api.pulumi.com/', 'https://api.pulumi.com'],
  ['postgres://user:p@db.example.com/state', 'postgres://db.example.com/state'],
  ['file:///srv/state/', 'file:///srv/state'],
  ['file://~', 'file://~'],
])('%s is %s', (url, normalized) => {
  expect(normalizeBackendUrl(url)).toBe(normalized);
});
