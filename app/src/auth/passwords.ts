import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { currentAsker } from '../logging/request-context.ts';
import { Slots } from '../slots/slots.ts';
import { PasswordsBusy } from './auth.errors.ts';

/**
 * The least that OWASP asks of argon2id: 19 MiB, two passes, one lane.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
export const cost: Cost = { memoryKiB: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

/**
 * Each hash holds its memory outside the heap and a thread of libuv's pool of four, which DNS lookups and files need too:
 * a burst of logins waits here instead of taking both.
 */
export const passwordsAtOnce = 2;
/** About a second of work on one CPU. More of them would only wait until their clients give up. */
export const mostPasswordsWaiting = 40;
const longestWaitMs = 3_000;

interface Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface StoredPassword extends Cost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

/** Of nobody's password, and as dear to check as anybody's: an unknown address must not be answered sooner. */
const nobody = render({ ...cost, salt: Buffer.alloc(saltBytes), hash: Buffer.alloc(hashBytes) });

/** Hashes passwords with argon2id, and checks them. */
@Injectable()
export class Passwords {
  readonly #slots = new Slots({
    size: passwordsAtOnce,
    mostWaiting: mostPasswordsWaiting,
    longestWaitMs,
    refusal: () => new PasswordsBusy(),
  });

  /** In the PHC string format, so that the cost can be raised and older hashes still be checked. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    return render({ ...cost, salt, hash: await this.#derive(password, { ...cost, salt }) });
  }

  /** @param stored `undefined`: there is no such user; the check takes as long, and fails */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const parsed = parse(stored ?? nobody);
    const hash = await this.#derive(password, parsed);
    return timingSafeEqual(hash, parsed.hash) && stored !== undefined;
  }

  #derive(password: string, { memoryKiB, passes, parallelism, salt }: Omit<StoredPassword, 'hash'>): Promise<Buffer> {
    // One password can be typed as several sequences of code points (RFC 8265).
    const message = password.normalize('NFC');
    const parameters = { message, nonce: salt, parallelism, passes, memory: memoryKiB, tagLength: hashBytes };
    return this.#slots.run(() => derive('argon2id', parameters), currentAsker);
  }
}

const format =
  /^\$argon2id\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<parallelism>\d+)\$(?<salt>[^$]+)\$(?<hash>[^$]+)$/;

/** https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md */
function render({ memoryKiB, passes, parallelism, salt, hash }: StoredPassword): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

function parse(text: string): StoredPassword {
  const { memory, passes, parallelism, salt, hash } = format.exec(text)?.groups ?? {};
  if (salt === undefined || hash === undefined) {
    throw new TypeError('a stored password is not in the PHC string format');
  }
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
