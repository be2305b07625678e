import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A contradiction between variables, in the words of whoever has to mend it. */
export type Rule = (variables: Variables) => string | undefined;

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
