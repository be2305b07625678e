import { randomUUID } from 'node:crypto';

/** The headers of somebody who has just made an account on a running release. No mail can be sent to it. */
export async function newSession(url: string): Promise<{ readonly authorization: string }> {
  const response = await fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `test-${randomUUID()}@stack.invalid`, password: randomUUID() }),
  });
  if (response.status !== 201) throw new Error(`POST /auth/register gave ${response.status}: ${await response.text()}`);
  const { accessToken } = (await response.json()) as { accessToken: string };
  return { authorization: `Bearer ${accessToken}` };
}
