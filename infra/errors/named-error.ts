/** A class of errors that nothing but their name tells apart: callers outside of infra/ match on it. */
export function namedError(name: string) {
  return class extends Error {
    override readonly name = name;
  };
}
