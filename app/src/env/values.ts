import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A contradiction between variables, in the words of whoever has to fix it. */
export type Rule = (variables: Variables) => string | undefined;

/** By name, so that a secret that is added later is not shown because a list was forgotten. */
const secret = /PASSWORD|SECRET|_CA$/;

/** Every problem of an environment in one message. Values of secrets are never part of it. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

export const text = (rule: string) => z.string(rule).min(1, rule);

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

export function wholeNumber(least: number, most: number, unit = '') {
  const rule = `must be a whole number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  return z
    .string(rule)
    .regex(/^\d{1,9}$/, rule)
    .transform(Number)
    .refine((value) => value >= least && value <= most, rule);
}

/** Random texts, separated by commas. */
export function secretTexts(leastCharacters: number) {
  const rule = `must hold texts of ${leastCharacters} characters or more, separated by commas`;
  return z
    .string(rule)
    .transform((list) => list.split(','))
    .refine((texts) => texts.every(({ length }) => length >= leastCharacters), rule);
}

export const certificates = () =>
  z
    .string()
    .transform((pem) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .refine((found) => found.length > 0 && found.every(isCertificate), 'must hold certificates in PEM form');

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}

/** @throws EnvironmentError that lists every problem */
export function parse<Output>(variables: Variables, schema: z.ZodType<Output>, rules: readonly Rule[]): Output {
  // An empty variable is how compose files and task definitions spell "not set".
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  const broken = result.success ? [] : result.error.issues.map((issue) => describe(issue, given));
  const contradictions = rules.flatMap((rule) => rule(given) ?? []);
  const problems = [...new Set([...broken, ...contradictions])];
  if (result.success && problems.length === 0) {
    return result.data;
  }
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new EnvironmentError(
    `The environment is not valid, ${count}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

function describe(issue: z.core.$ZodIssue, given: Variables): string {
  const name = String(issue.path[0]);
  const value = given[name];
  if (value === undefined) {
    return `${name} is missing: it ${issue.message}`;
  }
  return secret.test(name) ? `${name} ${issue.message}` : `${name} ${issue.message}, not ${JSON.stringify(value)}`;
}
