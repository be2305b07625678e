import type { BackupReport } from '../release/backups.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';
import { wrapLine } from './wrap.ts';

/** What can be restored, and what is kept. */
export function renderBackups(
  { times, snapshots, kept, atMostLost }: BackupReport,
  paint: Paint,
  width?: number,
): string {
  const size = (mebibytes: number | undefined) => (mebibytes === undefined ? '' : `${mebibytes} MiB`);
  return [
    paint('bold', 'Any time'),
    ...(times.length === 0 ? ['  none yet'] : times.map(({ from, to }) => `  from ${from} to ${to}`)),
    ...wrapLine(
      `  if the database itself is lost, at most the last ${atMostLost.seconds} s are lost: ${atMostLost.why}`,
      width ?? Number.POSITIVE_INFINITY,
    ),
    ...(snapshots.length === 0
      ? []
      : [
          '',
          ...renderTable(
            ['snapshot', 'of', 'made', 'size'],
            snapshots.map(({ id, at, made, sizeMiB }) => [id, at, made, size(sizeMiB)]),
            paint,
            width,
          ),
        ]),
    ...(kept.length === 0
      ? []
      : [
          '',
          ...renderTable(
            ['kept database', 'what', 'size'],
            kept.map(({ id, what, sizeMiB }) => [id, what === 'copy' ? 'restored copy' : 'replaced', size(sizeMiB)]),
            paint,
            width,
          ),
        ]),
  ].join('\n');
}
