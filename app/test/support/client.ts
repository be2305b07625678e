import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { neverLogged, neverLoggedIn } from './never-logged.ts';
import type { RunningApp } from './running-app.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const session = z.strictObject({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresIn: z.literal(900),
  refreshToken: z.string(),
});

export type Session = z.infer<typeof session>;

/** Sends requests to an app as a client does, with the access token that it has. What it sends must not be logged. */
export class Client {
  readonly #app: Pick<RunningApp, 'url'>;
  readonly #accessToken: string | undefined;

  constructor(app: Pick<RunningApp, 'url'>, accessToken?: string) {
    this.#app = app;
    this.#accessToken = accessToken;
  }

  async send(method: string, path: string, { body, headers = {} }: Sent = {}): Promise<Answer> {
    neverLoggedIn(body);
    const authorization = this.#accessToken === undefined ? {} : { authorization: `Bearer ${this.#accessToken}` };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${this.#app.url}${path}`, {
      method,
      headers: { ...authorization, ...type, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }
}

export interface Account {
  readonly email: string;
  readonly password: string;
}

/** Of somebody to whom no mail can be sent. */
export function newAccount(): Account {
  return {
    email: neverLogged(`someone-${randomUUID()}@mail.invalid`),
    password: neverLogged(`password-${randomUUID()}`),
  };
}

export function sessionIn(answer: Answer): Session {
  const found = session.parse(answer.body);
  neverLogged(found.accessToken);
  neverLogged(found.refreshToken);
  return found;
}

export interface LoggedIn {
  readonly client: Client;
  readonly account: Account;
  readonly session: Session;
}

/** Makes an account on the app and logs in. */
export async function register(app: Pick<RunningApp, 'url'>, account = newAccount()): Promise<LoggedIn> {
  const answer = await new Client(app).send('POST', '/auth/register', { body: account });
  if (answer.status !== 201) {
    throw new Error(`register gave ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  const opened = sessionIn(answer);
  return { client: new Client(app, opened.accessToken), account, session: opened };
}
