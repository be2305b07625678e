import type { LookupClients } from './clients.ts';

/** Inputs of a resource as the engine sent them to its provider. */
export type Inputs = Readonly<Record<string, unknown>>;

/** A resource that AWS has. */
export interface Found {
  /** What `pulumi import` takes. */
  readonly importId: string;
  /** Undefined: a resource of this type has none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Of one without tags: whether it is in every point what the inputs ask for. */
  readonly asAsked?: boolean;
  readonly createdAt?: Date;
  /** False while AWS is still creating it: what is read of it then is not complete. */
  readonly ready: boolean;
}

/** Where a resource is looked for. */
export interface LookupPlace {
  readonly clients: LookupClients;
  readonly partition: string;
  readonly account: string;
}

/** How AWS is asked for the resource that a creation would have made, or would collide with. */
export interface Lookup {
  /** In AWS's terms: `IAM role`. */
  readonly what: string;
  /** What AWS knows it by. Undefined: the inputs do not say. */
  readonly nameOf: (inputs: Inputs) => string | undefined;
  readonly find: (place: LookupPlace, inputs: Inputs) => Promise<Found | undefined>;
  /**
   * Its creation fails while there is another one of that name. Otherwise a second one is made, and the first stays
   * unknown to the stack.
   */
  readonly collides: boolean;
  /** It lies in a resource of the stack (a subnet in a VPC, a listener on a load balancer), and is the stack's with it. */
  readonly inside?: true;
}

export function text(inputs: Inputs, key: string): string {
  const value = inputs[key];
  return typeof value === 'string' ? value : '';
}

/** An input by its name, as what AWS knows the resource by. */
export function named(key: string): (inputs: Inputs) => string | undefined {
  return (inputs) => (text(inputs, key) === '' ? undefined : text(inputs, key));
}

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export function tagsOf(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The answer of a call, or undefined when it fails with one of these errors: there is no such resource. */
export async function unlessAbsent<T>(call: () => Promise<T>, ...errors: readonly string[]): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && errors.includes(error.name)) return undefined;
    throw error;
  }
}

export function dated(date: Date | number | undefined): { readonly createdAt?: Date } {
  return date === undefined ? {} : { createdAt: new Date(date) };
}
