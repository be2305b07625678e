/** A user uploads a file. */
export async function smoke({ baseUrl, fetch, signal }) {
  const { status } = await fetch(`${baseUrl}/files`, { method: 'POST', signal });
  if (status !== 201) throw new Error(`POST /files gave ${status}`);
}
