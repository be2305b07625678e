import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { credentialsOf } from './credentials.ts';

const region = 'eu-central-1';

interface Call {
  /** Whose signature the call has. */
  readonly accessKeyId: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

let sts: Server;
let calls: Call[];

/** Answers as STS does; the keys of a role are named after it. */
beforeEach(async () => {
  calls = [];
  sts = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const parameters = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      const [, accessKeyId] = /Credential=([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
      calls.push({ accessKeyId, parameters });
      const { Action: action = '', RoleArn: arn = '' } = parameters;
      const name = arn.split('/').at(-1);
      const keys = `<AccessKeyId>${name}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`;
      response.setHeader('content-type', 'text/xml');
      response.end(
        `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>${keys}</Credentials></${action}Result></${action}Response>`,
      );
    });
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(sts.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'from-environment');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  sts.closeAllConnections();
  await new Promise<void>((resolve) => sts.close(() => resolve()));
});

/** What a client signs with that is created with these credentials. */
async function keyOf(config: Readonly<Record<string, string>>): Promise<string> {
  const credentials = credentialsOf(config, region);
  const client = new STSClient({ region, ...(credentials === undefined ? {} : { credentials }) });
  return (await client.config.credentials()).accessKeyId;
}

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

function credentialsFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'credentials-')), 'credentials');
  const profile = (name: string) => `[${name}]\naws_access_key_id = ${name}-key\naws_secret_access_key = s\n`;
  writeFileSync(file, ['default', 'team'].map(profile).join('\n'));
  return file;
}

describe('the credentials of a stack', () => {
  it('are those of the environment when the stack says nothing', async () => {
    expect(credentialsOf({ 'aws:region': region, 'aws:defaultTags': '{"tags":{"a":"b"}}' }, region)).toBeUndefined();
    expect(await keyOf({})).toBe('from-environment');
  });

  it('are the keys in its configuration', async () => {
    expect(await keyOf({ 'aws:accessKey': 'own', 'aws:secretKey': 's' })).toBe('own');
  });

  it('are those of its profile', async () => {
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentialsFile());

    expect(await keyOf({ 'aws:profile': 'team' })).toBe('team-key');
  });

  it('are in its own shared file', async () => {
    const files = JSON.stringify([credentialsFile()]);

    expect(await keyOf({ 'aws:sharedCredentialsFiles': files, 'aws:profile': 'team' })).toBe('team-key');
  });

  it('are those of the role that it assumes, with all that it says about it', async () => {
    const given = {
      roleArn: arn('deploy'),
      sessionName: 'ci',
      externalId: 'secret',
      duration: '1h30m',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      tags: { team: 'api' },
      transitiveTagKeys: ['team'],
      sourceIdentity: 'someone',
    };

    expect(await keyOf({ 'aws:assumeRole': JSON.stringify(given) })).toBe('deploy');
    expect(calls).toEqual([
      {
        accessKeyId: 'from-environment',
        parameters: expect.objectContaining({
          Action: 'AssumeRole',
          RoleArn: arn('deploy'),
          RoleSessionName: 'ci',
          ExternalId: 'secret',
          DurationSeconds: '5400',
          'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
          'Tags.member.1.Key': 'team',
          'Tags.member.1.Value': 'api',
          'TransitiveTagKeys.member.1': 'team',
          SourceIdentity: 'someone',
        }),
      },
    ]);
  });

  it('are those of the last of several roles, each assumed with the one before', async () => {
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentialsFile());
    const roles = JSON.stringify([{ roleArn: arn('first') }, { roleArn: arn('second') }]);

    expect(await keyOf({ 'aws:profile': 'team', 'aws:assumeRoles': roles })).toBe('second');
    expect(calls.map(({ accessKeyId, parameters }) => [accessKeyId, parameters['RoleArn']])).toEqual([
      ['team-key', arn('first')],
      ['first', arn('second')],
    ]);
  });

  it('are those of a role for a web identity', async () => {
    const given = JSON.stringify({ roleArn: arn('ci'), webIdentityToken: 'token' });

    expect(await keyOf({ 'aws:assumeRoleWithWebIdentity': given })).toBe('ci');
    expect(calls[0]?.parameters).toMatchObject({ Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: 'token' });
  });

  it.each([
    ['aws:assumeRole', '{"roleARN":"x"}'],
    ['aws:assumeRoles', 'arn:aws:iam::123456789012:role/deploy'],
    ['aws:sharedCredentialsFiles', '["a","b"]'],
  ])('are refused when they cannot be read: %s %s', (key, value) => {
    expect(() => credentialsOf({ [key]: value }, region)).toThrow(`${key} cannot be used.`);
  });
});
