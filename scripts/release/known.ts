import { UserError } from '../messages/user-error.ts';

/** What could be read, or why it is not known. */
export type Known<Value> = { readonly value: Value } | { readonly unknown: string };

/** Reads what may be out of reach. A bug stays an error. */
export async function known<Value>(read: () => Promise<Value>): Promise<Known<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { unknown: error.message };
  }
}

export function mapKnown<From, To>(from: Known<From>, map: (value: From) => To): Known<To> {
  return 'value' in from ? { value: map(from.value) } : from;
}
