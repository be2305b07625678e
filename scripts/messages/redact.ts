const hidden = '[redacted]';

/** Names of fields and variables whose value nobody outside may see. */
const secretName =
  '[\\w.-]*(?:password|passwd|passphrase|secret|token|authorization|cookie|api[_-]?key|private[_-]?key|credential)[\\w.-]*';

const rules: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  // A field of JSON, also where JSON is in a text of JSON.
  [
    new RegExp(`(\\\\*"${secretName}\\\\*"\\s*:\\s*)(\\\\*")(?:[^"\\\\]|\\\\(?!")[\\s\\S])*?\\\\*"`, 'gi'),
    `$1$2${hidden}$2`,
  ],
  [new RegExp(`(\\\\*"${secretName}\\\\*"\\s*:\\s*)\\[[^\\]]*\\]`, 'gi'), `$1"${hidden}"`],
  // A variable, a query parameter, a header.
  [
    new RegExp(
      `\\b(${secretName})(\\s*[=:]\\s*)(?!["'\\[{]|\\\\)[^\\s,;&"']+(?:(?<=basic|bearer)\\s+[^\\s,;&"']+)?`,
      'gi',
    ),
    `$1$2${hidden}`,
  ],
  [new RegExp(`\\b(${secretName})(\\s*=\\s*)(["'])(?:(?!\\3).)*\\3`, 'gi'), `$1$2${hidden}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`],
  // user:password@host
  [/(\b[a-z][\w+.-]*:\/\/[^\s:/@"']*:)[^\s@"']+(?=@)/gi, `$1${hidden}`],
  // A JSON Web Token, and the keys of AWS.
  [/\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g, hidden],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, hidden],
];

/** Shorter values would hide words that happen to be equal. */
const shortestValue = 6;

/**
 * A text without what looks like a secret, and without the values that are known to be one. What looks like nothing, such
 * as a secret in prose, is not found: the text is for colleagues, not for the public.
 */
export function redact(text: string, values: readonly string[] = []): string {
  const known = values
    .filter((value) => value.length >= shortestValue)
    .toSorted((a, b) => b.length - a.length)
    .reduce((current, value) => current.replaceAll(value, hidden), text);
  return rules.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), known);
}
