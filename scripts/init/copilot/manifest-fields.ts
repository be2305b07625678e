/** Named as a whole: none of it has a counterpart. */
const asWhole: ReadonlySet<string> = new Set([
  'sidecars',
  'subscribe',
  'publish',
  'nlb',
  'taskdef_overrides',
  'storage.volumes',
  'cdn',
]);

/** A value of a manifest of Copilot, with what has been taken from it: what is left has no counterpart, or none yet. */
export class Fields {
  readonly #value: unknown;
  readonly #path: readonly string[];
  readonly #taken: Set<string>;

  constructor(value: unknown, path: readonly string[] = [], taken = new Set<string>()) {
    this.#value = value;
    this.#path = path;
    this.#taken = taken;
  }

  at(key: string): Fields {
    return new Fields(isRecord(this.#value) ? this.#value[key] : undefined, [...this.#path, key], this.#taken);
  }

  get path(): string {
    return this.#path.join('.');
  }

  get isThere(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  /** Looks without taking. */
  get raw(): unknown {
    return this.#value;
  }

  /** The whole value is dealt with. */
  take(): unknown {
    this.#taken.add(this.path);
    return this.#value;
  }

  /** A text or number as text; `undefined` if it is something else, which then stays. */
  text(): string | undefined {
    const value = this.#value;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(this.take())
      : undefined;
  }

  number(): number | undefined {
    const value = Number(this.#value);
    if (typeof this.#value !== 'number' && !(typeof this.#value === 'string' && /^\d+$/.test(this.#value)))
      return undefined;
    this.take();
    return value;
  }

  get entries(): readonly (readonly [key: string, field: Fields])[] {
    return isRecord(this.#value) ? Object.keys(this.#value).map((key) => [key, this.at(key)] as const) : [];
  }

  /** Paths that nobody has taken. */
  left(): readonly string[] {
    const walk = (value: unknown, path: readonly string[]): readonly string[] => {
      const name = path.join('.');
      if (this.#taken.has(name)) return [];
      if (!isRecord(value) || asWhole.has(name)) return value === undefined || value === null ? [] : [name];
      return Object.entries(value).flatMap(([key, each]) => walk(each, [...path, key]));
    };
    return walk(this.#value, this.#path);
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
