/**
 * Where backups of Postgres are, on the volume of its data. `$DATA` is the data folder, `/var/lib/postgresql/data/17`:
 *
 *   17/lineage                  names the history that the server writes, such as 20261224T120000Z
 *   17-backups/<lineage>/wal    archived WAL of that history
 *   17-backups/<lineage>/base   copies of the data folder from which the WAL is replayed
 *   17-before-<id>              a database that a restore has replaced
 *   17-copy-<id>                one that was restored beside the one that serves
 *
 * A restored database begins a lineage of its own, so that its WAL never meets that of the database it replaced, and what
 * was written until then stays reachable.
 */
export const backupsSuffix = '-backups';

/** Seconds after which a segment that is not full is archived: what is lost at most with the data folder. */
export const archiveTimeoutSeconds = 60;

/**
 * Postgres runs it in the data folder for each finished segment. The part that an early end leaves empty takes no space.
 * https://www.postgresql.org/docs/17/continuous-archiving.html
 */
const archiveCommand = [
  `to="$DATA${backupsSuffix}/$(cat lineage)/wal/%f"`,
  'cp --sparse=always "%p" "$to.part"',
  'sync "$to.part"',
  'mv "$to.part" "$to"',
].join(' && ');

/** Server settings that archive what is written. */
export const archiveSettings = Object.freeze({
  archive_mode: 'on',
  archive_timeout: String(archiveTimeoutSeconds),
  archive_command: archiveCommand,
});

/**
 * For the start of the server, before it runs: names the lineage, and makes its first base, while the folder is quiet. That
 * is once for each database, of which most are new then and have 40 MB.
 */
export const beginLineage = `[ -s "$DATA/lineage" ] || date -u +%Y%m%dT%H%M%SZ > "$DATA/lineage"
backups="$DATA${backupsSuffix}/$(cat "$DATA/lineage")"
mkdir -p "$backups/wal" "$backups/base"
rm -rf "$backups/base/"*.part
if [ -z "$(ls "$backups/base")" ]; then
  base="$backups/base/$(date -u +%Y%m%dT%H%M%SZ)"
  mkdir "$base.part"
  cp -a --sparse=always "$DATA" "$base.part/data"
  rm -f "$base.part/data/postmaster.pid"
  date -u +%Y-%m-%dT%H:%M:%SZ > "$base.part/ended"
  mv "$base.part" "$base"
fi
`;
