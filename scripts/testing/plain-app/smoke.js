/** What `stack verify` calls: it need not be a todo. */
export async function smoke({ baseUrl, fetch, signal }) {
  const response = await fetch(`${baseUrl}/greeting`, { signal });
  const { greeting } = await response.json();
  if (greeting !== 'hello') throw new Error(`GET /greeting gave ${JSON.stringify(greeting)}`);
}
