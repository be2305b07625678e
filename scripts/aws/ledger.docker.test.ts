import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../release/ledger.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { rejection } from '../release/testing/rejection.ts';
import { ParameterLedger } from './ledger.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';

const skipped = await reasonWithoutMiniStack();

const frozenBy = (reason: string) => ({
  environment: 'prod',
  frozen: true,
  reason,
  by: 'ada@desk',
  at: '2026-12-24T00:00:00.000Z',
});

describe.skipIf(skipped)(`releases in Parameter Store${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let folders = 0;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
  });
  afterAll(async () => aws?.[Symbol.asyncDispose]());

  const open = () => {
    folders += 1;
    const path = `/nest-fargate/env${folders}/releases`;
    return { path, ledger: new ParameterLedger(aws.clients.ssm, path) };
  };
  const numbered = (number: number, facts: Partial<LedgerEntry> = {}) => entry(`1.0.${number}-0123456789ab`, facts);
  const versions = async (ledger: ParameterLedger) => (await ledger.list()).map(({ release }) => release.version);

  test('is empty before the first release, beside the parameter that the program makes', async () => {
    const { path, ledger } = open();
    await aws.clients.ssm.send(new PutParameterCommand({ Name: path, Value: 'none', Type: 'String' }));
    expect(await ledger.list()).toEqual([]);
  });

  test('lists what was appended, oldest first, over several pages', async () => {
    const { ledger } = open();
    const entries = Array.from({ length: 23 }, (_, index) => numbered(index, { outcome: 'good' }));
    for (const each of entries) await ledger.append(each);
    expect(await ledger.list()).toEqual(entries);
  });

  test('loses no entry of two who write at once', async () => {
    const { path, ledger } = open();
    const second = new ParameterLedger(aws.clients.ssm, path);
    await ledger.append(numbered(0));
    const both = [1, 2, 3, 4].flatMap((number) => [
      ledger.append(numbered(number)),
      second.append(numbered(number + 10)),
    ]);
    await Promise.all(both);
    expect((await versions(ledger)).toSorted()).toEqual(
      [0, 1, 2, 3, 4, 11, 12, 13, 14].map((number) => `1.0.${number}-0123456789ab`).toSorted(),
    );
  });

  test('keeps an entry that needs several parameters, next to what a crashed writer left', async () => {
    const { path, ledger } = open();
    await ledger.append(numbered(1));
    const plain = numbered(2);
    const migrations = Array.from({ length: 3000 }, (_, index) => ({
      name: `20240101T0000-${(index * 2654435761).toString(36)}-${index}`,
      kind: 'expand' as const,
    }));
    const large = { ...plain, release: { ...plain.release, migrations } };
    // It died after its first part: the number stays free of an entry, and nobody trips over it.
    await aws.clients.ssm.send(
      new PutParameterCommand({ Name: `${path}/parts/0000002/attempt`, Value: 'dead', Type: 'String' }),
    );
    await ledger.append(large);
    await ledger.append(numbered(3));
    const [first, second, third] = await ledger.list();
    expect(first?.release.version).toBe('1.0.1-0123456789ab');
    expect(second).toEqual(large);
    expect(third?.release.version).toBe('1.0.3-0123456789ab');
    await ledger.clear();
    expect(await ledger.list()).toEqual([]);
  });

  test('forgets the oldest when it grows beyond its window', async () => {
    const { path, ledger } = open();
    for (let number = 1; number <= 320; number += 1) {
      await aws.clients.ssm.send(
        new PutParameterCommand({
          Name: `${path}/${String(number).padStart(7, '0')}`,
          Value: JSON.stringify(numbered(number)),
          Type: 'String',
        }),
      );
    }
    await ledger.append(numbered(321));
    const kept = await versions(ledger);
    expect(kept).toHaveLength(300);
    expect(kept[0]).toBe('1.0.22-0123456789ab');
    expect(kept.at(-1)).toBe('1.0.321-0123456789ab');
  });

  test('refuses to continue with an entry that it cannot read', async () => {
    const { path, ledger } = open();
    await aws.clients.ssm.send(new PutParameterCommand({ Name: `${path}/0000001`, Value: 'spoiled', Type: 'String' }));
    const failure = await rejection(ledger.list());
    expect(failure.code).toBe('LEDGER_UNREADABLE');
    expect(failure.message).toBe(`The entry ${path}/0000001 of the release history cannot be read.`);
  });

  test('keeps freezes, oldest first, also those that two people begin at once, and forgets them with the rest', async () => {
    const { path, ledger } = open();
    const freeze = (reason: string, frozen = true) => ({ ...frozenBy(reason), frozen });
    expect(await ledger.freezes()).toEqual([]);
    await ledger.append(numbered(1));
    await ledger.appendFreeze(freeze('holidays {{all}}'));
    const second = new ParameterLedger(aws.clients.ssm, path);
    await Promise.all([ledger.appendFreeze(freeze('a')), second.appendFreeze(freeze('b'))]);
    await ledger.appendFreeze(freeze('', false));
    const reasons = (await second.freezes()).map(({ reason }) => reason);
    expect([reasons[0], ...reasons.slice(1, 3).toSorted(), reasons[3]]).toEqual(['holidays {{all}}', 'a', 'b', '']);
    expect(await versions(ledger)).toEqual(['1.0.1-0123456789ab']);
    await ledger.clear();
    expect(await ledger.freezes()).toEqual([]);
  });

  test('keeps the latest operations apart from releases, and forgets the oldest, then all', async () => {
    const { path, ledger } = open();
    const operation = (number: number, reason = '') => ({
      ...({ operation: `o${number}`, environment: 'prod', action: 'restart', what: 'api {{all}}' } as const),
      ...({ version: '1.0.0', outcome: 'failed', reason, by: 'ada@desk', seconds: 1 } as const),
      at: '2026-12-24T00:00:00.000Z',
    });
    for (let number = 1; number <= 110; number += 1) {
      const Name = `${path}/operations/${String(number).padStart(7, '0')}`;
      const Value = JSON.stringify(operation(number)).replaceAll('{{', '{\\u007b');
      await aws.clients.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
    }
    await ledger.append(numbered(1));
    await ledger.appendOperation(operation(111, '\u001b'.repeat(1000)));
    const kept = await ledger.operations();
    expect(kept).toHaveLength(100);
    expect(kept[0]).toEqual(operation(12));
    expect(kept.at(-1)).toEqual(operation(111, '\u001b'.repeat(250)));
    expect(await versions(ledger)).toEqual(['1.0.1-0123456789ab']);
    await ledger.clear();
    expect(await ledger.operations()).toEqual([]);
  });

  test('costs nothing: every parameter is of the standard tier', async () => {
    const { path, ledger } = open();
    await ledger.append(numbered(1));
    const { Parameter } = await aws.clients.ssm.send(new GetParameterCommand({ Name: `${path}/0000001` }));
    expect(Buffer.byteLength(Parameter?.Value ?? '')).toBeLessThan(4096);
  });
});
