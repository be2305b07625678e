import { htmlOf, type MaintenancePage, problemOf } from '../../messages/maintenance-page.ts';

const [begin, end] = ['  # maintenance\n', '  # end of maintenance\n'];
const block = new RegExp(`${begin}[^]*?${end}`);
const entrance = /^(frontend listener\n {2}bind [^\n]*\n)/m;

/**
 * The configuration of HAProxy with another page, or with none. It answers before any rule that chooses a backend; the
 * backends check their tasks as before.
 */
export function withMaintenance(config: string, page: MaintenancePage | undefined): string {
  const without = config.replace(block, '');
  return page === undefined ? without : without.replace(entrance, (found) => `${found}${rulesOf(page)}`);
}

export function hasMaintenance(config: string): boolean {
  return block.test(config);
}

/** In single quotes nothing is special, so the texts must have none: HTML has an entity for it, JSON an escape. */
function rulesOf(page: MaintenancePage): string {
  const { retryAfterSeconds } = page;
  const headers = `hdr Retry-After ${retryAfterSeconds} hdr Cache-Control no-store`;
  const answer = (type: string, text: string) =>
    `  http-request return status 503 content-type '${type}' string '${text}' ${headers}`;
  return [
    begin,
    `${answer('text/html; charset=utf-8', htmlOf(page))} if { req.hdr(accept) -m sub -i text/html }\n`,
    `${answer('application/problem+json', problemOf(page))}\n`,
    end,
  ].join('');
}
