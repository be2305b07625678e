/** The account that is there after each start. Nobody can be mailed there (RFC 2606). */
export const account = { email: 'dev@example.com', password: 'dev-on-this-machine' };

/** One more than a page of the list shows. */
const todos = 21;

/** Fills the empty database through the API, as its users do. Rejects with what was answered instead. */
export async function seed(url: string): Promise<void> {
  const { accessToken } = await post(`${url}/auth/register`, account, {});
  const headers = { authorization: `Bearer ${accessToken}` };
  for (let number = 1; number <= todos; number += 1) {
    await post(`${url}/todos`, { title: `Todo ${number}` }, headers);
  }
}

async function post(url: string, body: object, headers: Readonly<Record<string, string>>) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (response.status !== 201) {
    throw new Error(`POST ${url} answered ${response.status}: ${answer}`);
  }
  return JSON.parse(answer) as Readonly<Record<string, string>>;
}
