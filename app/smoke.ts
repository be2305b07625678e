interface Access {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** Sends a request and gives the body of its answer. Rejects unless the status is the expected one. */
type Send = (method: string, path: string, expected: number, body?: unknown) => Promise<unknown>;

/**
 * What this app must do on any environment after a release: let someone in, keep a todo, give it back, forget both.
 * Run by `stack verify`, never part of the image. Rejects with what was wrong; leaves nothing behind.
 */
export async function smoke(access: Access): Promise<void> {
  const accessToken = await register(access);
  const send = sender(access, accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` });
  try {
    await keepTodo(send);
  } finally {
    if (accessToken !== undefined) await send('DELETE', '/users/me', 204);
  }
}

/**
 * Todos of one account, for `stack drill`: each entry is the title of one. Only acknowledged when the API said 201.
 * Never repeats a write, so that a todo that is there twice was doubled by something else.
 */
export async function openJournal(access: Access) {
  const accessToken = await register(access);
  if (accessToken === undefined) throw new Error('The release knows no users, so nobody can keep todos');
  const headers = { authorization: `Bearer ${accessToken}` };
  const sending = (signal: AbortSignal) => sender({ ...access, signal }, headers);
  return {
    reads: { path: '/todos', headers },
    async write(entry: string, signal: AbortSignal): Promise<void> {
      await sending(signal)('POST', '/todos', 201, { title: entry });
    },
    async read(signal: AbortSignal): Promise<readonly string[]> {
      const titles: string[] = [];
      let next: string | undefined = '/todos?limit=100';
      while (next !== undefined) {
        const page = await sending(signal)('GET', next, 200);
        titles.push(...listOf(page).map((todo) => field(todo, 'title')));
        const cursor: unknown = Reflect.get(Object(page), 'nextCursor');
        next = typeof cursor === 'string' ? `/todos?limit=100&cursor=${encodeURIComponent(cursor)}` : undefined;
      }
      return titles;
    },
    async close(signal: AbortSignal): Promise<void> {
      await sending(signal)('DELETE', '/users/me', 204);
    },
  };
}

/** A job for nobody: it is done as soon as a worker finds that there is no such user. */
const forNobody = '{"userId": "00000000-0000-4000-8000-000000000000"}';

/** Jobs for `stack drill`, as the rows in which a worker finds them. */
export const jobs = {
  due: (seconds: number) =>
    `INSERT INTO outbox (id, name, payload, due_at) VALUES (gen_random_uuid(), 'welcome-mail', '${forNobody}', now() - interval '${seconds} seconds')`,
  // Its payload is not what a welcome mail has: no attempt changes that, so it is given up at once.
  hopeless: `INSERT INTO outbox (id, name, payload) VALUES (gen_random_uuid(), 'welcome-mail', '{}')`,
};

function listOf(page: unknown): readonly unknown[] {
  const items: unknown = Reflect.get(Object(page), 'items');
  if (!Array.isArray(items)) throw new Error('GET /todos gave no items');
  return items;
}

/**
 * Makes an account that no mail can be sent to (RFC 6761): it stays unverified, as nobody reads the code that would be in
 * the mail. Whatever needs no mail works for such an account, and that is what is tested.
 * `undefined`: the release knows no users. A rollback to such a one is verified by this test, too.
 */
async function register({ baseUrl, fetch, signal }: Access): Promise<string | undefined> {
  const account = { email: `smoke-${crypto.randomUUID()}@stack.invalid`, password: crypto.randomUUID() };
  const response = await fetch(`${baseUrl}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
    signal,
  });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  return field(await bodyOf(response, 'POST /auth/register', 201), 'accessToken');
}

async function keepTodo(send: Send): Promise<void> {
  const title = `Smoke test ${crypto.randomUUID()}`;
  const path = `/todos/${field(await send('POST', '/todos', 201, { title }), 'id')}`;
  try {
    const read = field(await send('GET', path, 200), 'title');
    if (read !== title) throw new Error(`GET /todos/:id gave the title "${read}", written was "${title}"`);
  } finally {
    await send('DELETE', path, 204);
  }
}

function sender({ baseUrl, fetch, signal }: Access, headers: Readonly<Record<string, string>>): Send {
  return async (method, path, expected, body) => {
    const content =
      body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${baseUrl}${path}`, { method, signal, ...content });
    return bodyOf(response, `${method} ${path}`, expected);
  };
}

async function bodyOf(response: Response, request: string, expected: number): Promise<unknown> {
  const text = await response.text();
  if (response.status !== expected) throw new Error(`${request} gave ${response.status}: ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
}

function field(body: unknown, name: 'id' | 'title' | 'accessToken'): string {
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`The answer has no ${name}`);
  return String(value);
}
