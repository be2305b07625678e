import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { TooManyRequests } from '../src/errors/too-many-requests.ts';
import { MailBudget, type MailKind, mailCaps } from '../src/mail/mail-budget.ts';
import { connectTo } from './support/database-in-process.ts';
import { createDatabase, type Variables } from './support/running-app.ts';

const lateOnTuesday = new Date('2026-11-24T23:59:59.999Z');
const onWednesday = new Date('2026-11-25T00:00:00.000Z');

describe('the caps of mails', () => {
  let variables: Variables;
  beforeAll(async () => {
    variables = await createDatabase({ migrated: true });
  });

  /** A budget on a day of its own, though the database knows another. */
  const budgetAt = async (moment: Date) => {
    const clock = { now: moment };
    const database = await connectTo(variables);
    return { clock, database, budget: new MailBudget(database, () => clock.now) };
  };
  const address = () => `someone-${randomUUID()}@todos-e2e.dev`;
  const takeMany = async (count: number, budget: MailBudget, mail: () => Parameters<MailBudget['take']>[0]) => {
    let taken = 0;
    for (let number = 0; number < count; number += 1) {
      taken += (await budget.take(mail())) ? 1 : 0;
    }
    return taken;
  };

  it.each<[what: string, kind: MailKind, most: number, mail: () => { to: string; userId: string }]>([
    ['of an account', 'other', mailCaps.perAccount, ((userId) => () => ({ to: address(), userId }))(randomUUID())],
    ['to an address', 'other', mailCaps.perRecipient, ((to) => () => ({ to, userId: randomUUID() }))(address())],
    [
      'with a code to an address, whoever has it',
      'verification',
      mailCaps.verificationsPerRecipient,
      ((to) => () => ({ to, userId: randomUUID() }))(address()),
    ],
  ])('%s end at midnight (UTC), and not before', async (_, kind, most, mail) => {
    const { clock, budget } = await budgetAt(lateOnTuesday);
    const next = () => ({ ...mail(), kind });
    expect(await takeMany(most + 3, budget, next)).toBe(most);
    clock.now = onWednesday;
    expect(await takeMany(1, budget, next)).toBe(1);
    clock.now = lateOnTuesday;
    expect(await takeMany(1, budget, next)).toBe(0);
  });

  it('take nothing of the account where the address has none left', async () => {
    const { budget } = await budgetAt(onWednesday);
    const [to, userId] = [address(), randomUUID()];
    await takeMany(mailCaps.perRecipient, budget, () => ({ to, userId: randomUUID(), kind: 'other' }));
    expect(await takeMany(10, budget, () => ({ to, userId, kind: 'other' }))).toBe(0);
    const elsewhere = () => ({ to: address(), userId, kind: 'other' }) as const;
    expect(await takeMany(mailCaps.perAccount + 1, budget, elsewhere)).toBe(mailCaps.perAccount);
  });

  it('say when an account may ask for a code again', async () => {
    const { clock, database, budget } = await budgetAt(lateOnTuesday);
    const userId = randomUUID();
    const ask = () => database.transaction((manager) => budget.claimRequest(manager, userId));
    for (let count = 0; count < mailCaps.verificationsOnRequest; count += 1) {
      await ask();
    }
    const refusal = await ask().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TooManyRequests);
    expect(refusal).toMatchObject({ retryAfterSeconds: 1 });
    clock.now = onWednesday;
    await ask();
  });
});
