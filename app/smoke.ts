interface Access {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/**
 * What this app must do on any environment after a release: keep a todo, give it back, forget it.
 * Run by `stack verify`, never part of the image. Rejects with what was wrong; leaves nothing behind.
 */
export async function smoke({ baseUrl, fetch, signal }: Access): Promise<void> {
  const title = `Smoke test ${crypto.randomUUID()}`;
  const created = await fetch(`${baseUrl}/todos`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title }),
    signal,
  });
  const id = field(await bodyOf(created, 'POST /todos', 201), 'id');
  const url = `${baseUrl}/todos/${id}`;
  try {
    const read = field(await bodyOf(await fetch(url, { signal }), 'GET /todos/:id', 200), 'title');
    if (read !== title) throw new Error(`GET /todos/:id gave the title "${read}", written was "${title}"`);
  } finally {
    await bodyOf(await fetch(url, { method: 'DELETE', signal }), 'DELETE /todos/:id', 204);
  }
}

async function bodyOf(response: Response, request: string, expected: number): Promise<unknown> {
  const text = await response.text();
  if (response.status !== expected) throw new Error(`${request} gave ${response.status}: ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
}

function field(body: unknown, name: 'id' | 'title'): string {
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`The todo has no ${name}`);
  return String(value);
}
