import type { BackupReport } from '../../release/backups.ts';
import { archiveTimeoutSeconds } from '../translate/backups.ts';

/** A copy of the data folder, from which WAL is replayed. */
export interface Base {
  readonly id: string;
  readonly ended: string;
  readonly sizeMiB: number;
}

/** The WAL of one database, from its start to its end, or until now. */
export interface Lineage {
  readonly id: string;
  /** Oldest first; at least one, unless something was deleted by hand. */
  readonly bases: readonly Base[];
  readonly serving: boolean;
  /** Data folder that still has its newest WAL, by its name; absent: it is gone. */
  readonly folder?: string;
  /** When the last segment was archived. */
  readonly archivedAt?: string;
}

export interface Kept {
  readonly lineages: readonly Lineage[];
  readonly databases: readonly { readonly name: string; readonly lineage: string; readonly sizeMiB: number }[];
}

/** Reads what `listScript` prints. @param folder name of the server's data folder: `17` */
export function parseList(lines: readonly string[], folder: string): Kept {
  const words = lines.map((line) => line.split(' '));
  const of = (kind: string) => words.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const [[serving] = []] = of('current');
  const databases = of('kept').map(([name = '', lineage = '', size]) => ({ name, lineage, sizeMiB: mebibytes(size) }));
  const lineages = of('wal').map(([id = '', , archivedAt]): Lineage => {
    const bases = of('base')
      .filter(([lineage]) => lineage === id)
      .map(([, base = '', ended = '', size]) => ({ id: base, ended, sizeMiB: mebibytes(size) }))
      .toSorted((a, b) => (a.ended < b.ended ? -1 : 1));
    const found = id === serving ? folder : databases.find(({ lineage }) => lineage === id)?.name;
    return {
      id,
      bases,
      serving: id === serving,
      ...(found === undefined ? {} : { folder: found }),
      ...(archivedAt === undefined || archivedAt === '' ? {} : { archivedAt }),
    };
  });
  return { lineages: lineages.toSorted((a, b) => (a.id < b.id ? -1 : 1)), databases };
}

function mebibytes(kibibytes = '0'): number {
  return Math.round(Number(kibibytes) / 1024);
}

/** @param now ISO 8601, UTC */
export function reportOf({ lineages, databases }: Kept, folder: string, now: string): BackupReport {
  const usable = lineages.filter(({ bases }) => bases.length > 0);
  return {
    times: usable.map((lineage, index) => ({
      from: lineage.bases[0]?.ended ?? '',
      to: endOf(lineage, usable[index + 1], now),
    })),
    snapshots: usable
      .flatMap(({ bases }) => bases)
      .map(({ id, ended, sizeMiB }) => ({ id, at: ended, made: 'automatic' as const, sizeMiB })),
    kept: databases.map(({ name, sizeMiB }) => ({
      id: name,
      what: name.startsWith(`${folder}-copy-`) ? ('copy' as const) : ('replaced' as const),
      sizeMiB,
    })),
    atMostLost: {
      seconds: archiveTimeoutSeconds,
      why: 'archive_timeout of Postgres; up to 300 s in the first five minutes after its start. The archive is on the same volume as the data',
    },
  };
}

/** With its data folder, every transaction is there; without it, what was archived. */
function endOf({ serving, folder, archivedAt, bases }: Lineage, next: Lineage | undefined, now: string): string {
  if (serving) return now;
  const end = next?.bases[0]?.ended;
  if (folder !== undefined && end !== undefined) return end;
  return archivedAt ?? bases.at(-1)?.ended ?? now;
}

/** The database that served at a time, and the base to start from; `undefined`: none reaches back so far. */
export function chooseBase(
  { lineages }: Kept,
  at: string,
): { readonly lineage: Lineage; readonly base: Base } | undefined {
  const moment = Date.parse(at);
  for (const lineage of lineages.toReversed()) {
    const base = lineage.bases.findLast(({ ended }) => Date.parse(ended) <= moment);
    if (base !== undefined) return { lineage, base };
  }
  return undefined;
}
