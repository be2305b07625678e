import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { entry } from '../release/testing/ledger-entry.ts';
import { rejection } from '../release/testing/rejection.ts';
import type { Promotion } from './access.ts';
import { createClients } from './clients.ts';
import { ParameterLedger } from './ledger.ts';
import { namesOf } from './names.ts';
import { createAwsTarget } from './target.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';

const skipped = await reasonWithoutMiniStack();
const [building, live] = ['111111111111', '222222222222'];
const role = `arn:aws:iam::${building}:role/nest-fargate-qa-ci-evidence`;
const promotion: Promotion = { from: 'qa', to: 'live' };

/**
 * Two environments in two accounts and two regions. MiniStack takes an access key of twelve digits for that account, and
 * the session of an assumed role for the role's.
 */
describe.skipIf(skipped)(`environments in two accounts${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let directory: string;

  const of = (account: string, region: string) =>
    createClients({ region, endpoint: aws.access.endpoint ?? '', credentials: keysOf(account) });
  const keysOf = (account: string) => ({ accessKeyId: account, secretAccessKey: 'test' });
  const stackFile = (environment: string, lines: readonly string[]) =>
    writeFileSync(
      join(directory, `Pulumi.${environment}.yaml`),
      `config:\n${lines.map((line) => `  ${line}\n`).join('')}`,
    );
  const command = (variables: Readonly<Record<string, string>>, promotes?: Promotion) =>
    createAwsTarget({
      projectDirectory: directory,
      environmentVariables: { PULUMI_HOME: directory, ...variables },
      note: () => undefined,
      ...(promotes === undefined ? {} : { promotion: promotes }),
    });

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
    vi.stubEnv('AWS_ENDPOINT_URL', aws.access.endpoint ?? '');
    directory = mkdtempSync(join(tmpdir(), 'accounts-'));
    writeFileSync(join(directory, 'Pulumi.yaml'), 'name: nest-fargate\n');
    cpSync(resolve(import.meta.dirname, '../testing/plain-app'), join(directory, 'app'), { recursive: true });
    stackFile('qa', [
      'aws:region: eu-central-1',
      `aws:allowedAccountIds: ["${building}"]`,
      `aws:accessKey: "${building}"`,
      'aws:secretKey: test',
    ]);
    stackFile('live', [
      'aws:region: us-east-1',
      `aws:allowedAccountIds: ["${live}"]`,
      `aws:accessKey: "${live}"`,
      'aws:secretKey: test',
      'nest-fargate:promoteFrom: qa',
      `nest-fargate:promoteFromRole: ${role}`,
      'nest-fargate:releaseSource: promoted',
    ]);
    const source = of(building, 'eu-central-1');
    await source.ecs.send(new CreateClusterCommand({ clusterName: namesOf('qa').cluster }));
    await new ParameterLedger(source.ssm, namesOf('qa').ledger).append(entry('1.0.0', { environment: 'qa' }));
    // The name is taken in the other account, too: what is read must not be this.
    const destination = of(live, 'us-east-1');
    await new ParameterLedger(destination.ssm, namesOf('live').ledger).append(entry('0.9.0', { environment: 'live' }));
    await new ParameterLedger(of(live, 'eu-central-1').ssm, namesOf('qa').ledger).append(
      entry('6.6.6', { environment: 'qa' }),
    );
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
    await aws?.[Symbol.asyncDispose]();
  });

  const versions = async (target: ReturnType<typeof createAwsTarget>, environment: string) =>
    (await target.ledger(environment).list()).map(({ release }) => release.version);

  test('each is read in its own account and region', async () => {
    expect(await versions(command({}), 'qa')).toEqual(['1.0.0']);
    expect(await versions(command({}), 'live')).toEqual(['0.9.0']);
    expect(await command({}).observe('qa')).toEqual({ url: '', services: [] });
    expect(await command({}).observe('live')).toBeUndefined();
  });

  test('a job promotes with its own credentials, and reads the source with the role that the source gave it', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', live);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const job = { STACK_CREDENTIALS: 'job' };
    expect(await versions(command(job, promotion), 'live')).toEqual(['0.9.0']);
    expect(await versions(command(job, promotion), 'qa')).toEqual(['1.0.0']);
    expect(await command(job, promotion).observe('qa')).toEqual({ url: '', services: [] });
  });

  test('without that role, a job that is in one account is refused the other, and not given another environment of its name', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', live);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const refused = await rejection(command({ STACK_CREDENTIALS: 'job' }).observe('qa'));
    expect(refused).toMatchObject({
      code: 'ACCOUNT_NOT_ALLOWED',
      message: expect.stringMatching(/account 222222222222 .*but qa is in 111111111111, eu-central-1\.$/),
      remedy: expect.stringContaining('promoteFromRole'),
    });
  });

  test('the backend of the other account may be another one', async () => {
    const target = command({ PULUMI_BACKEND_URL: 's3://of-qa' });
    await expect(target.ledger('qa').list()).resolves.toHaveLength(1);
    const { ssm } = of(building, 'eu-central-1');
    const made = { account: building, partition: 'aws', region: 'eu-central-1', project: 'nest-fargate', stack: 'qa' };
    const value = JSON.stringify({ ...made, backend: 's3://of-qa' });
    await ssm.send(new PutParameterCommand({ Name: namesOf('qa').identity, Value: value, Type: 'String' }));
    const variables = { PULUMI_BACKEND_URL: 's3://of-live' };
    expect(await versions(command(variables, promotion), 'qa')).toEqual(['1.0.0']);
    expect((await rejection(command(variables).ledger('qa').list())).code).toBe('ANOTHER_ENVIRONMENT');
  });
});
