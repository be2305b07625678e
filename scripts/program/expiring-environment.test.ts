import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rejection } from '../release/testing/rejection.ts';
import { readExpiring, removeExpiring, writeExpiring } from './expiring-environment.ts';
import { readPromotionChain } from './promotion-chain.ts';
import { readEnvironment } from './settings.ts';

const root = resolve(import.meta.dirname, '../..');
const expires = '2026-12-24T18:00:00Z';

/** A project whose stack files are those of the tests of the program. */
function project(edit: (name: string, text: string) => string = (_name, text) => text): string {
  const directory = mkdtempSync(join(tmpdir(), 'expiring-'));
  cpSync(join(root, 'infra/testing/project'), directory, { recursive: true });
  symlinkSync(join(root, 'app'), join(directory, 'app'));
  for (const name of ['staging', 'prod']) {
    const path = join(directory, `Pulumi.${name}.yaml`);
    writeFileSync(path, edit(name, readFileSync(path, 'utf8')));
  }
  return directory;
}

const fileOf = (directory: string, name: string) => readFileSync(join(directory, `Pulumi.${name}.yaml`), 'utf8');

describe.each(['staging', 'prod'])('an environment made from %s', (from) => {
  it('keeps every rule, and is small', async () => {
    const directory = project();
    expect(await writeExpiring(directory, 'pr-7', { expires, from })).toBe(true);
    const { settings, contract } = readEnvironment(directory, 'pr-7');
    expect(settings).toMatchObject({
      deletionProtection: false,
      expiry: { at: expires, from },
      api: { desiredCount: 1, maxCount: 1 },
      worker: { desiredCount: 1, maxCount: 1 },
      database: { instanceClass: 'db.t4g.micro', multiAz: false, finalSnapshot: false },
      valkey: { nodeType: 'cache.t4g.micro', replicas: 0 },
      network: { natGateways: 'single' },
      release: { source: 'build', registryRetained: false },
    });
    expect(contract.checks.length).toBeGreaterThan(0);
    expect(fileOf(directory, 'pr-7')).toContain(`expires: "${expires}"`);
    const source = readEnvironment(directory, from).settings;
    expect([settings.api.memoryMiB, settings.timing]).toEqual([source.api.memoryMiB, source.timing]);
  });
});

describe('an environment made from one that uses what exists', () => {
  const subnets = (kind: string) => `  nest-fargate:existing${kind}SubnetIds: subnet-a0000000,subnet-a1111111\n`;
  const using = (more: string) =>
    project((name, text) =>
      name === 'prod'
        ? text
        : `${text
            .replace(/vpcCidr: .*/, 'vpcCidr: 10.0.0.0/16')
            .replace(/FinalSnapshot: .*/, 'FinalSnapshot: true')
            .replace(
              /accessLogRetentionDays: .*/,
              'accessLogRetentionDays: 30',
            )}  nest-fargate:existingVpcId: vpc-0a1b2c3d
  nest-fargate:existingPrivateSubnetIds: subnet-b0000000,subnet-b1111111
  nest-fargate:domainName: api.example.com
  nest-fargate:hostedZoneId: Z0123456789ABCDEFGHIJ
  nest-fargate:firewall: off
  nest-fargate:existingListenerArn: arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2
  nest-fargate:existingLoadBalancerSecurityGroupId: sg-0a1b2c3d
  nest-fargate:existingListenerPriority: 1000
  nest-fargate:existingDatabaseIdentifier: shared-postgres
  nest-fargate:existingDatabaseSecurityGroupId: sg-1a2b3c4d
  nest-fargate:existingDatabaseOwnerSecretArn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-AbCdEf
  nest-fargate:databaseMaxConnections: 400
  nest-fargate:existingClusterArn: arn:aws:ecs:eu-central-1:123456789012:cluster/shared
${more}`,
    );
  const existingOf = async (directory: string) => {
    await writeExpiring(directory, 'pr-7', { expires, from: 'staging' });
    const { settings } = readEnvironment(directory, 'pr-7');
    expect(settings.database.maxConnections).toBeUndefined();
    return settings.existing;
  };

  it('has a load balancer, a database and a cluster of its own, in the same VPC', async () => {
    const existing = await existingOf(using(subnets('Public') + subnets('Database')));

    expect(existing).toEqual({ vpc: expect.objectContaining({ id: 'vpc-0a1b2c3d' }) });
  });

  it('has a VPC of its own where the other one has no subnets for a load balancer', async () => {
    expect(await existingOf(using(subnets('Database')))).toEqual({});
  });
});

describe('the stack file of an environment that expires', () => {
  it('takes the boundary of its roles from the one whose workflows of pull requests have a role', async () => {
    const settings = '  githubRepository: example/api\n  nest-fargate:pullRequestRole: true\n';
    const directory = project((name, text) => (name === 'staging' ? `${text}${settings}` : text));
    await writeExpiring(directory, 'pr-7', { expires, from: 'staging' });
    const made = readEnvironment(directory, 'pr-7').settings;

    expect(made.rolesBoundary).toBe('nest-fargate-staging-pr-boundary');
    expect(made.github).toBeUndefined();
    expect(fileOf(directory, 'pr-7')).not.toContain('pullRequestRole');
  });

  it('has neither the domain nor the workflows nor the place in the chain of the other one', async () => {
    const directory = project(
      (_name, text) =>
        `${text}  nest-fargate:domainName: api.example.com\n  nest-fargate:hostedZoneId: Z0123456789ABCDEFGHIJ\n  githubRepository: example/api\n  other:key: kept\n`,
    );
    await writeExpiring(directory, 'pr-7', { expires, from: 'prod' });
    const { settings } = readEnvironment(directory, 'pr-7');
    expect(settings.edge.domain).toBeUndefined();
    expect(settings.github).toBeUndefined();
    expect(settings.release.promoteFrom).toBeUndefined();
    expect(parse(fileOf(directory, 'pr-7')).config).toMatchObject({
      'other:key': 'kept',
      'aws:region': 'eu-central-1',
    });
    const chain = await readPromotionChain(directory);
    expect([chain.first(), chain.expiry('pr-7'), chain.successors('staging')]).toEqual(['staging', expires, ['prod']]);
  });

  it('is given more time and nothing else, whatever a person has changed in it', async () => {
    const directory = project();
    await writeExpiring(directory, 'pr-7', { expires, from: 'staging' });
    const path = join(directory, 'Pulumi.pr-7.yaml');
    writeFileSync(path, fileOf(directory, 'pr-7').replace(/apiMemoryMiB: .*/, 'apiMemoryMiB: "1024"'));
    expect(await writeExpiring(directory, 'pr-7', { expires: '2027-01-01T00:00:00Z', from: 'staging' })).toBe(false);
    // Go's YAML parser, which the engine uses, reads it as a time otherwise, and writes that in another form.
    expect(fileOf(directory, 'pr-7')).toContain('expires: "2027-01-01T00:00:00Z"');
    expect(readExpiring(directory, 'pr-7')).toEqual({ expires: '2027-01-01T00:00:00Z', from: 'staging' });
    expect(readEnvironment(directory, 'pr-7').settings.api.memoryMiB).toBe(1024);
  });

  it('keeps how secrets are encrypted, so that copied ones can be read', async () => {
    const salt = 'encryptionsalt: v1:abc\n';
    const secret = '  other:token:\n    secure: v1:def\n';
    const directory = project((_name, text) => `${salt}${text}${secret}`);
    await writeExpiring(directory, 'pr-7', { expires, from: 'staging' });
    expect(parse(fileOf(directory, 'pr-7'))).toMatchObject({
      encryptionsalt: 'v1:abc',
      config: { 'other:token': { secure: 'v1:def' } },
    });
  });

  it('is refused where it could not read what is encrypted', async () => {
    const directory = project((_name, text) => `${text}  other:token:\n    secure: v1:def\n`);
    const error = await rejection(writeExpiring(directory, 'pr-7', { expires, from: 'staging' }));
    expect(error).toMatchObject({ code: 'SECRETS_NOT_COPIED', message: expect.stringContaining('other:token') });
  });

  it.each([
    ['staging', 'prod', 'EXPIRING_NAME'],
    ['preview-1', 'staging', 'EXPIRING_NAME'],
    ['pr-', 'staging', 'EXPIRING_NAME'],
    ['pr-Seven', 'staging', 'EXPIRING_NAME'],
    ['pr-7', 'stagign', 'ENVIRONMENT_UNKNOWN'],
    ['pr-8', 'pr-7', 'SOURCE_EXPIRES'],
    ['pr-9', 'staging', 'ENVIRONMENT_LASTS'],
    ['pr-6', 'prod', 'MADE_FROM_ANOTHER'],
  ])('%s from %s is refused: %s', async (name, from, code) => {
    const directory = project();
    await writeExpiring(directory, 'pr-6', { expires, from: 'staging' });
    if (from === 'pr-7') await writeExpiring(directory, 'pr-7', { expires, from: 'staging' });
    writeFileSync(join(directory, 'Pulumi.pr-9.yaml'), 'config:\n  aws:region: eu-central-1\n');
    const staging = fileOf(directory, 'staging');
    expect((await rejection(writeExpiring(directory, name, { expires, from }))).code).toBe(code);
    expect(fileOf(directory, 'staging')).toBe(staging);
  });

  it('is removed alone', async () => {
    const directory = project();
    await writeExpiring(directory, 'pr-7', { expires, from: 'staging' });
    writeFileSync(join(directory, 'Pulumi.pr-9.yaml'), 'config:\n  aws:region: eu-central-1\n');
    const removed = await Promise.all(
      ['pr-7', 'pr-9', 'staging', 'pr-1'].map((name) => removeExpiring(directory, name)),
    );
    expect(removed).toEqual([true, false, false, false]);
    expect((await readPromotionChain(directory)).environments).toEqual(['staging', 'prod', 'pr-9']);
  });
});
