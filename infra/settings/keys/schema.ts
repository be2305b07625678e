import { z } from 'zod';

/**
 * What changing a setting does to a running environment. `restart` replaces the tasks, `reboot` restarts the database;
 * `refused` takes another environment, `minor` restarts the database and refuses another major version.
 */
export type ChangeCost = 'none' | 'in place' | 'restart' | 'reboot' | 'replace' | 'refused' | 'minor';

/** What is known about a setting besides its parser. Pulumi.yaml and docs/settings.md are generated from it. */
export interface SettingFacts {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
  /** Completes the sentence "It must be …". */
  readonly rule: string;
  readonly unit?: string;
  /** The value when no stack file sets it. Absent: the setting is optional. */
  readonly default?: string | number | boolean;
  readonly example: string;
  readonly change: ChangeCost;
  /** Why the rule or the default is what it is, or what to mind. */
  readonly source?: string;
}

/** One configuration key: its parser, and everything else that is known about it. */
export class Setting<Key extends string = string, Value = unknown> {
  readonly key: Key;
  readonly schema: z.ZodType<Value>;
  readonly facts: SettingFacts;

  constructor(key: Key, schema: z.ZodType<Value>, facts: SettingFacts) {
    this.key = key;
    this.schema = schema;
    this.facts = facts;
  }
}

type Described = Pick<SettingFacts, 'description' | 'change' | 'unit' | 'source'>;
type WithDefault<Value> = Described & { readonly default: Value };

/** A whole number in a range, both ends included. */
export function integer<Key extends string>(
  key: Key,
  { min, max, ...facts }: WithDefault<number> & { readonly min: number; readonly max: number },
) {
  const schema = wholeNumber.pipe(z.number().min(min).max(max)).default(facts.default);
  const rule = `a whole number from ${min} to ${max}`;
  return new Setting(key, schema, { type: 'integer', rule, example: String(facts.default), ...facts });
}

/** One of the numbers that AWS allows, where a range would accept others. */
export function oneOf<Key extends string>(key: Key, values: readonly number[], facts: WithDefault<number>) {
  const schema = wholeNumber.pipe(z.number().refine((value) => values.includes(value))).default(facts.default);
  const rule = `one of ${values.join(', ')}`;
  return new Setting(key, schema, { type: 'integer', rule, example: String(facts.default), ...facts });
}

const wholeNumber = z.string().regex(/^\d+$/).transform(Number);

export function flag<Key extends string>(key: Key, facts: WithDefault<boolean>) {
  const schema = z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(facts.default);
  return new Setting(key, schema, {
    type: 'boolean',
    rule: 'true or false',
    example: String(facts.default),
    ...facts,
  });
}

/** One of a few words. */
export function choice<Key extends string, const Values extends readonly [string, ...string[]]>(
  key: Key,
  values: Values,
  facts: WithDefault<NoInfer<Values[number]>>,
) {
  const schema: z.ZodType<Values[number]> = z.enum(values).default(facts.default);
  const rule = `one of ${values.join(', ')}`;
  return new Setting(key, schema, { type: 'string', rule, example: facts.default, ...facts });
}

/** Text that matches a pattern, with a default. */
export function text<Key extends string>(
  key: Key,
  pattern: RegExp,
  facts: WithDefault<string> & Pick<SettingFacts, 'rule'>,
) {
  const schema = z.string().regex(pattern).default(facts.default);
  return new Setting(key, schema, { type: 'string', example: facts.default, ...facts });
}

/** Text that matches a pattern. Without it, the feature that it belongs to is off. */
export function optionalText<Key extends string>(key: Key, pattern: RegExp, facts: OptionalFacts) {
  return optional(key, z.string().regex(pattern), facts);
}

/** Comma-separated items; an empty list when it is not set. */
export function list<Key extends string>(key: Key, pattern: RegExp, facts: OptionalFacts) {
  const schema = z
    .string()
    .regex(pattern)
    .optional()
    .transform((items): readonly string[] => items?.split(',') ?? []);
  return new Setting(key, schema, { type: 'string', ...facts });
}

type OptionalFacts = Omit<SettingFacts, 'type' | 'default'>;

export function optional<Key extends string, Value>(key: Key, schema: z.ZodType<Value>, facts: OptionalFacts) {
  return new Setting(key, schema.optional(), { type: 'string', ...facts });
}
