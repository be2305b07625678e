import { z } from 'zod';

/** What changing a setting does to a stack that runs: `restart` replaces tasks one rollout long, `reboot` the database. */
export type ChangeCost = 'none' | 'restart' | 'reboot' | 'replace' | 'in place';

/** Everything that is known of a setting besides its parser; docs/settings.md and Pulumi.yaml are checked against it. */
export interface SettingFacts {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
  /** Completes the sentence "it must be …". */
  readonly rule: string;
  readonly unit?: string;
  /** What holds when no stack file says otherwise; absent: off, or required. */
  readonly default?: string | number | boolean;
  readonly example: string;
  readonly change: ChangeCost;
  /** Why the rule is what it is. */
  readonly source?: string;
}

export const settingFacts = z.registry<SettingFacts>();

type Said<T> = Pick<SettingFacts, 'description' | 'change' | 'unit' | 'source'> & { readonly default: T };

/** A whole number in a range. */
export function integer(said: Said<number> & { min: number; max: number }) {
  const { min, max, ...facts } = said;
  const rule = `a whole number from ${min} to ${max}`;
  const example = String(said.default);
  return z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(said.default)
    .register(settingFacts, { type: 'integer', rule, example, ...facts });
}

/** True or false. */
export function flag(said: Said<boolean>) {
  return z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(said.default)
    .register(settingFacts, { type: 'boolean', rule: 'true or false', example: String(said.default), ...said });
}

/** One of a few words; the default is one of them. */
export function choice<const T extends readonly [string, ...string[]]>(values: T, said: Said<T[number]>) {
  return z
    .enum(values)
    .default(said.default)
    .register(settingFacts, { type: 'string', rule: `one of ${values.join(', ')}`, example: said.default, ...said });
}

/** One of the numbers that AWS allows, where a range would let others through. */
export function oneOf(values: readonly number[], said: Said<number>) {
  return z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().refine((value) => values.includes(value)))
    .default(said.default)
    .register(settingFacts, {
      type: 'integer',
      rule: `one of ${values.join(', ')}`,
      example: String(said.default),
      ...said,
    });
}

/** A text of a certain form, with a default. */
export function text(pattern: RegExp, said: Said<string> & { rule: string }) {
  return z
    .string()
    .regex(pattern)
    .default(said.default)
    .register(settingFacts, { type: 'string', example: said.default, ...said });
}

/** A text of a certain form; without it, what it is about is off. */
export function optionalText(
  pattern: RegExp,
  said: Pick<SettingFacts, 'description' | 'change' | 'rule' | 'example' | 'source'>,
) {
  return z
    .string()
    .regex(pattern)
    .optional()
    .register(settingFacts, { type: 'string', ...said });
}
