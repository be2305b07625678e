/** A user leaves a note and reads it. */
export async function smoke({ baseUrl, fetch, signal }) {
  const text = crypto.randomUUID();
  const { status } = await fetch(`${baseUrl}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    signal,
  });
  if (status !== 201) throw new Error(`POST /notes gave ${status}`);
  const notes = await (await fetch(`${baseUrl}/notes`, { signal })).json();
  if (!notes.some((note) => note.text === text)) throw new Error(`GET /notes does not have the note`);
}
