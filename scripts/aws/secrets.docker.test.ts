import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namesOf } from './names.ts';
import { ParameterSecrets } from './secrets.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';

const skipped = await reasonWithoutMiniStack();

describe.skipIf(skipped)(`secrets in Parameter Store${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  const open = (environment: string) =>
    new ParameterSecrets({
      clients: aws.clients,
      path: namesOf(environment).secrets,
      keyAlias: undefined,
      note: () => undefined,
    });

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
  });
  afterAll(async () => aws?.[Symbol.asyncDispose]());

  test('are encrypted parameters of their environment, listed without their values', async () => {
    const [staging, prod] = [open('staging'), open('prod')];
    await staging.set('PAYMENT_KEY', 'one "quoted"\n$value');
    await prod.set('PAYMENT_KEY', 'another');
    // The environment whose name begins like that of this one.
    await open('staging-eu').set('OTHER', 'x');

    const listed = await staging.list();
    expect(listed).toEqual([{ name: 'PAYMENT_KEY', changedAt: expect.stringMatching(/^20\d\d-/) }]);
    const { Parameter } = await aws.clients.ssm.send(
      new GetParameterCommand({ Name: '/nest-fargate-secrets/staging/PAYMENT_KEY', WithDecryption: true }),
    );
    expect(Parameter).toMatchObject({ Type: 'SecureString', Value: 'one "quoted"\n$value' });
  });

  test('can be changed and deleted, once', async () => {
    const store = open('dev');
    await store.set('A', 'one');
    const [first] = await store.list();
    await store.set('A', 'two');
    const [second] = await store.list();
    expect(Date.parse(second?.changedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.changedAt ?? ''));
    expect(await store.unset('A')).toBe(true);
    expect(await store.unset('A')).toBe(false);
    expect(await store.list()).toEqual([]);
  });

  test('are found on every page of the answer', async () => {
    const store = open('many');
    for (let index = 0; index < 60; index += 1) {
      const Name = `${namesOf('many').secrets}KEY_${index}`;
      await aws.clients.ssm.send(new PutParameterCommand({ Name, Value: 'x', Type: 'SecureString' }));
    }
    expect(await store.list()).toHaveLength(60);
  });
});
