/** What the tests of this file have sent, or were given, that must not be in any log line. */
const values = new Set<string>();

/** Shorter ones would be found by chance. */
const leastCharacters = 8;

/** Remembers `value` as something that no process may log: a secret, or what says something about a person. */
export function neverLogged<Value extends string>(value: Value): Value {
  if (value.length >= leastCharacters) {
    values.add(value);
  }
  return value;
}

/** Fields of bodies that are secret or say something about a person. */
const privateFields: ReadonlySet<string> = new Set(['email', 'password', 'refreshToken', 'title', 'description']);

/** The same for the fields of a body that are nobody's business. */
export function neverLoggedIn(body: unknown): void {
  for (const [name, value] of Object.entries(typeof body === 'object' && body !== null ? body : {})) {
    if (privateFields.has(name) && typeof value === 'string') {
      neverLogged(value);
    }
  }
}

/** The lines that hold one of those values. */
export function leaksIn(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => [...values].some((value) => line.includes(value)));
}
