import { createHash } from 'node:crypto';
import { createSigner, createVerifier } from 'fast-jwt';

/** Short, because nothing can take a token back before it expires. */
export const accessTokenSeconds = 15 * 60;

/** A client sends the same token with each request, so what is valid is remembered, of this many at most. */
const rememberedTokens = 1_000;

interface Claims {
  readonly sub: string;
  /** Seconds since 1970. */
  readonly exp: number;
}

/**
 * JSON Web Tokens (RFC 7519) that say who someone is, for a quarter of an hour, without asking the database.
 * The first secret signs and all verify, so that a secret can be replaced without logging anyone out.
 */
export class AccessTokens {
  readonly #sign: (claims: Pick<Claims, 'sub'>) => string;
  /** By the token's header as it is written: ours are known, and whatever else it says is not even read. */
  readonly #verifiers: ReadonlyMap<string, (token: string) => Claims>;
  readonly #valid = new Map<string, Claims>();

  /** @param secrets at least one, each of at least 32 random characters */
  constructor(secrets: readonly string[]) {
    const signers = secrets.map(signerOf);
    const [sign] = signers;
    if (sign === undefined) {
      throw new TypeError('there is no secret to sign with');
    }
    this.#sign = sign;
    this.#verifiers = new Map(
      secrets.map((key, index) => [
        headerOf(signers[index]?.({ sub: '' }) ?? ''),
        createVerifier({ key, algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] }),
      ]),
    );
  }

  sign(userId: string): string {
    return this.#sign({ sub: userId });
  }

  /** Whose token it is; `undefined` for all that is not a valid one. */
  userIdOf(token: string): string | undefined {
    const known = this.#valid.get(token);
    if (known !== undefined && Date.now() < known.exp * 1_000) {
      return known.sub;
    }
    try {
      const claims = this.#verifiers.get(headerOf(token))?.(token);
      return claims === undefined ? undefined : this.#remember(token, claims).sub;
    } catch {
      // Changed, expired, or not a token at all.
      return undefined;
    }
  }

  /** In the place of the one that was remembered first. */
  #remember(token: string, { sub, exp }: Claims): Claims {
    if (this.#valid.size >= rememberedTokens) {
      const [oldest = ''] = this.#valid.keys();
      this.#valid.delete(oldest);
    }
    const claims = { sub, exp };
    this.#valid.set(token, claims);
    return claims;
  }
}

function signerOf(key: string) {
  return createSigner({ key, algorithm: 'HS256', kid: kidOf(key), expiresIn: accessTokenSeconds * 1_000 });
}

/** Tells secrets apart without telling them. */
function kidOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}

function headerOf(token: string): string {
  return token.slice(0, token.indexOf('.'));
}
