import type { RestoreProposal } from '../release/restore-database.ts';
import type { Paint } from './paint.ts';

/** What a restore will do, before anybody is asked. */
export function renderRestore(
  { request, release, schema, copy, unread, acceptUnread }: RestoreProposal,
  paint: Paint,
): string {
  const { from, into, at, snapshot } = request;
  const names = (migrations: readonly { readonly name: string }[]) => migrations.map(({ name }) => name).join(', ');
  return [
    `${paint('bold', `Restore ${from}${from === into ? '' : ` into ${into}`}`)} as of ${at}${snapshot === undefined ? '' : `, snapshot ${snapshot}`}`,
    copy
      ? '  beside the database that serves, which stays in its place'
      : `  in the place of the database of ${into}, which is kept; ${release.version} keeps running`,
    ...(copy || schema.toRun.length === 0 ? [] : [`  migrations that run again: ${names(schema.toRun)}`]),
    ...(schema.newer.length === 0
      ? []
      : [`  migrations that ${release.version} does not have: ${names(schema.newer)}`]),
    ...(schema.unknown === undefined
      ? []
      : [paint('yellow', `  which migrations it has is not certain: ${schema.unknown}`)]),
    ...(unread === undefined
      ? []
      : [
          paint(
            'yellow',
            `  it will not be read back: ${unread}${acceptUnread === undefined ? '' : ` (accepted: ${acceptUnread})`}`,
          ),
        ]),
  ].join('\n');
}
