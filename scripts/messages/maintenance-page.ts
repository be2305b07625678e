import { Refusal } from './user-error.ts';

/** What everybody gets while maintenance is on. */
export interface MaintenancePage {
  readonly message: string;
  readonly retryAfterSeconds: number;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html; target local keeps to it. */
const longestBody = 1024;

/** For whoever asks for HTML. Browsers load it again by themselves, also where a platform can send no header. */
export function htmlOf({ message, retryAfterSeconds }: MaintenancePage): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="refresh" content="${retryAfterSeconds}"><title>Maintenance</title>`,
    `<h1>Down for maintenance</h1><p>${asHtml(message)}</p></html>`,
  ].join('');
}

/** For everybody else: a problem of RFC 9457, with an extension for what Retry-After says. Without single quotes. */
export function problemOf({ message, retryAfterSeconds }: MaintenancePage): string {
  return JSON.stringify({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: message,
    retryAfterSeconds,
  }).replaceAll("'", '\\u0027');
}

/**
 * The page as it can be shown, on one line.
 *
 * @throws Refusal `MESSAGE_TOO_LONG`
 */
export function asPage({ message, retryAfterSeconds }: MaintenancePage): MaintenancePage {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they end a line of HAProxy's configuration.
  const page = { message: message.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim(), retryAfterSeconds };
  const bytes = Math.max(...[htmlOf(page), problemOf(page)].map((body) => Buffer.byteLength(body)));
  if (bytes <= longestBody) return page;
  throw new Refusal({
    code: 'MESSAGE_TOO_LONG',
    message: `With this message, the maintenance page has ${bytes} bytes.`,
    rule: `A load balancer of AWS sends at most ${longestBody} by itself.`,
    remedy: `Shorten it by ${bytes - longestBody} bytes.`,
  });
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function asHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}
