import { describe, expect, it } from 'vitest';
import { Passwords } from './passwords.ts';

const passwords = new Passwords();

describe('a password', () => {
  it('is known by its hash, and no other is', async () => {
    const stored = await passwords.hash('correct horse battery');
    expect(await passwords.matches('correct horse battery', stored)).toBe(true);
    expect(await passwords.matches('correct horse batterz', stored)).toBe(false);
  });

  it('is stored as argon2id with what OWASP asks at least, and another salt each time', async () => {
    const [one, other] = await Promise.all([passwords.hash('same'), passwords.hash('same')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
  });

  it('is the same however its accents are composed', async () => {
    expect(await passwords.matches('caf\u0065\u0301 noir', await passwords.hash('caf\u00e9 noir'))).toBe(true);
  });

  it('is checked as the reference implementation does, at whatever cost it was stored', async () => {
    // https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c
    const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await passwords.matches('password', stored)).toBe(true);
    expect(await passwords.matches('differentpassword', stored)).toBe(false);
  });

  it('of nobody never matches, and costs as much to check', async () => {
    expect(await passwords.matches('anything', undefined)).toBe(false);
    const stored = await passwords.hash('anything');
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      known.push(await cpuTimeOf(() => passwords.matches('wrong', stored)));
      unknown.push(await cpuTimeOf(() => passwords.matches('wrong', undefined)));
    }
    // The least of each: load on this machine only ever adds.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 2);
  });
});

/** In microseconds, of all threads of the process. What else runs on the machine takes turns with it and does not count. */
async function cpuTimeOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
