import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessTokenSeconds } from '../src/auth/access-tokens.ts';
import { cost, mostPasswordsWaiting, passwordsAtOnce } from '../src/auth/passwords.ts';
import { refreshGraceSeconds, refreshTokenDays } from '../src/auth/refresh-token.ts';
import { longestStaleMs } from '../src/cache/cache.ts';
import { mostBytesDrained } from '../src/http/rest-of-body.ts';
import { keysKeptHours } from '../src/idempotency/idempotent-writes.ts';
import { mailCaps } from '../src/mail/mail-budget.ts';
import { mailTokenHours } from '../src/users/mail-token.ts';
import { mostAttemptsKept } from '../src/webhooks/receivers.ts';
import { attemptsKeptDays } from '../src/worker/old-rows.ts';

const readme = 'app/README.md';
const tokens = 'docs/adr/0017-access-and-refresh-tokens.md';
const mails = 'docs/adr/0027-mails-go-to-verified-addresses.md';
const accessTokenMinutes = accessTokenSeconds / 60;
const passwordMiB = Math.round(cost.memoryKiB / 1_024);
const numbers: Readonly<Record<number, string>> = { 2: 'two' };

/** What a page says in figures, from the constants that decide it. The schedules of retries have a test of their own. */
describe('the documentation of the app', () => {
  it.each([
    [readme, `a JWT valid for ${accessTokenMinutes} minutes`],
    [readme, `a refresh token (${refreshTokenDays} days`],
    [readme, `remove the old one ${accessTokenMinutes} minutes later`],
    [readme, `at most ${numbers[passwordsAtOnce]} at a time: each takes ${passwordMiB} MiB`],
    [readme, `At most ${mostPasswordsWaiting} requests wait for a turn`],
    [readme, `Except within ${refreshGraceSeconds} seconds by the same client`],
    [readme, `runs once within ${keysKeptHours} hours`],
    [readme, `its rest is read, up to ${mostBytesDrained / 1_024 ** 2} MiB`],
    [
      readme,
      `Caps per day: ${mailCaps.verificationsPerRecipient} verification mails and ${mailCaps.perRecipient} mails per address, ${mailCaps.perAccount} mails per account, ${mailCaps.verificationsOnRequest} requests for another code`,
    ],
    [tokens, `are JWTs (HS256, ${accessTokenMinutes} minutes)`],
    [tokens, `(${passwordMiB} MiB, two passes), at most ${numbers[passwordsAtOnce]} at a time`],
    [tokens, `stays valid for up to ${accessTokenMinutes} minutes`],
    [mails, `valid for ${mailTokenHours.email_verifications} hours`],
    [
      'docs/adr/0026-webhooks-by-the-rules-of-the-big-senders.md',
      `the last ${mostAttemptsKept} attempts of ${attemptsKeptDays} days`,
    ],
    ['docs/adr/0019-versions-in-the-cache.md', `${longestStaleMs / 1_000} s`],
  ])('%s says: %s', (page, statement) => {
    expect(readFileSync(join(import.meta.dirname, '../..', page), 'utf8')).toContain(statement);
  });
});
