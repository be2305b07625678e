import { backupsSuffix } from '../translate/backups.ts';

/** How Postgres says that the WAL ends before the time that was asked for: nothing was committed after that time. */
const endedEarly = 'recovery ended before configured recovery target was reached';

/**
 * One line for each thing that is kept, in columns: its kind, its name, and what is known of it. `$DATA` is the folder of
 * the server, which may be running.
 */
export const listScript = `
cd "$(dirname "$DATA")" 2>/dev/null || exit 0
major=$(basename "$DATA")
sizeOf() { du -sk "$1" | cut -f1; }
if [ -s "$DATA/lineage" ]; then echo "current $(cat "$DATA/lineage") $(sizeOf "$DATA")"; fi
for lineage in "$major${backupsSuffix}"/*/; do
  [ -d "$lineage" ] || continue
  id=$(basename "$lineage")
  for base in "$lineage"base/*/; do
    [ -s "$base/ended" ] && echo "base $id $(basename "$base") $(cat "$base/ended") $(sizeOf "$base")"
  done
  last=$(ls "$lineage"wal 2>/dev/null | grep -E '^[0-9A-F]{24}$' | sort | tail -n 1)
  echo "wal $id \${last:-none} $([ -z "$last" ] || date -u -r "$lineage"wal/"$last" +%Y-%m-%dT%H:%M:%SZ) $(sizeOf "$lineage"wal)"
done
for kept in "$major"-before-* "$major"-copy-*; do
  [ -s "$kept/PG_VERSION" ] && echo "kept $kept $(cat "$kept/lineage" 2>/dev/null || echo -) $(sizeOf "$kept")"
done
exit 0
`;

/**
 * Replays WAL on a copy of a base, up to a time or to the end, and leaves a data folder that was shut down cleanly. No
 * network, and nothing of the server that runs is touched: its newest segments are read where they are.
 *
 * `$BASE`, `$WAL`, `$LIVE` (pg_wal of a data folder of the same lineage, or empty), `$NEW`, and `$TIME` as Postgres writes
 * it. https://www.postgresql.org/docs/17/continuous-archiving.html#BACKUP-PITR-RECOVERY
 */
export const replayScript = `
set -eu
umask 077
fail() { echo "FAILED $1"; tail -n 30 /tmp/log 2>/dev/null; exit 1; }
rm -rf "$NEW" "$NEW.part"
cp -a --sparse=always "$BASE/data" "$NEW.part"
rm -f "$NEW.part/postmaster.pid" "$NEW.part/lineage"
printf 'local all all trust\\n' > "$NEW.part/pg_hba.conf"
: > "$NEW.part/recovery.signal"
cat > /tmp/fetch <<'END'
#!/bin/sh
cp "$WAL/$1" "$2" 2>/dev/null || { [ -n "$LIVE" ] && cp "$LIVE/$1" "$2" 2>/dev/null; }
END
replay() {
  : > /tmp/log
  postgres -D "$NEW.part" -c listen_addresses= -c unix_socket_directories=/tmp -c ssl=off -c hot_standby=off \\
    -c archive_mode=off -c dynamic_shared_memory_type=mmap -c recovery_target_action=promote \\
    -c restore_command='/bin/sh /tmp/fetch %f %p' "$@" >> /tmp/log 2>&1 &
  server=$!
  while kill -0 "$server" 2>/dev/null; do
    if [ ! -e "$NEW.part/recovery.signal" ] && sed -n 8p "$NEW.part/postmaster.pid" 2>/dev/null | grep -q ready; then
      kill -INT "$server"
      wait "$server" || fail "the restored server did not stop cleanly"
      return 0
    fi
    sleep 0.1
  done
  return 1
}
reached=target
if ! replay -c "recovery_target_time=$TIME"; then
  grep -q '${endedEarly}' /tmp/log || fail "the WAL could not be replayed"
  cp /tmp/log /tmp/log.first
  replay || fail "the WAL could not be replayed to its end"
  reached=end
  last=$(cat /tmp/log.first /tmp/log | sed -n 's/.*restored log file "\\([0-9A-F]\\{24\\}\\)".*/\\1/p' | sort | tail -n 1)
  newest=$(ls "$WAL" | grep -E '^[0-9A-F]{24}$' | sort | tail -n 1)
  [ -z "$newest" ] || [ "$last" = "$newest" ] || [ "$(printf '%s\\n%s\\n' "$last" "$newest" | sort | tail -n 1)" = "$last" ] ||
    fail "the archive has $newest, but the WAL between $last and it is missing"
fi
echo "REACHED $reached"
cat /tmp/log.first /tmp/log 2>/dev/null | sed -n 's/.*last completed transaction was at log time \\(.*\\)$/LAST \\1/p' | tail -n 1
sync
mv "$NEW.part" "$NEW"
`;

/** Reads every row of every table, in single-user mode: no server, no login. `$NEW`, `$DATABASE`. */
export const readBackScript = `
set -eu
umask 077
if ! echo 'SELECT 1' | postgres --single -D "$NEW" -c archive_mode=off "$DATABASE" > /tmp/first 2>&1; then
  grep -q 'does not exist' /tmp/first && exit 0
  cat /tmp/first
  exit 1
fi
single() { postgres --single -D "$NEW" -c log_min_messages=fatal -c archive_mode=off "$DATABASE"; }
tables=$(echo "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1" |
  single | sed -n 's/.*1: t = "\\(.*\\)"[[:space:]]*(typeid.*/\\1/p')
[ -n "$tables" ] || exit 0
printf '%s\\n' "$tables" | while IFS= read -r table; do
  printf "SELECT count(*) AS c FROM %s AS t WHERE t IS NOT NULL OR t IS NULL\\n" "$table"
done > /tmp/counts
single < /tmp/counts > /tmp/counted
sed -n 's/.*1: c = "\\([0-9]*\\)".*/\\1/p' /tmp/counted > /tmp/rows
[ "$(wc -l < /tmp/rows)" = "$(printf '%s\\n' "$tables" | wc -l)" ] || { echo 'FAILED a table could not be read'; exit 1; }
printf '%s\\n' "$tables" | paste -d ' ' /tmp/rows - | sed 's/^/TABLE /'
`;

/**
 * Makes a further base out of the last one: a standby that replays what was archived since, and stops. The server that runs
 * does not notice, and every new base proves that the old one could be restored.
 *
 * `$BASE`, `$WAL`, `$NEW`: the folder of the new base.
 */
export const advanceScript = `
set -eu
umask 077
fail() { echo "FAILED $1"; tail -n 30 /tmp/log 2>/dev/null; exit 1; }
rm -rf "$NEW.part"
mkdir -p "$NEW.part"
cp -a --sparse=always "$BASE/data" "$NEW.part/data"
rm -f "$NEW.part/data/postmaster.pid"
: > "$NEW.part/data/standby.signal"
cat > /tmp/fetch <<'END'
#!/bin/sh
cp "$WAL/$1" "$2" 2>/dev/null && exit 0
case "$1" in *.history) ;; *) echo "$1" >> /tmp/missing ;; esac
exit 1
END
: > /tmp/missing
postgres -D "$NEW.part/data" -c listen_addresses= -c unix_socket_directories=/tmp -c ssl=off -c hot_standby=off \\
  -c archive_mode=off -c dynamic_shared_memory_type=mmap -c wal_retrieve_retry_interval=200ms \\
  -c restore_command='/bin/sh /tmp/fetch %f %p' > /tmp/log 2>&1 &
server=$!
while kill -0 "$server" 2>/dev/null; do
  if grep -q 'redo starts at\\|consistent recovery state reached' /tmp/log && [ "$(wc -l < /tmp/missing)" -ge 2 ]; then break; fi
  sleep 0.1
done
kill -0 "$server" 2>/dev/null || fail "the last base could not be replayed"
kill -INT "$server"
wait "$server" || fail "the replayed base did not stop cleanly"
rm -f "$NEW.part/data/standby.signal" "$NEW.part/data/postmaster.pid"
lsn=$(sed -n 's/.*recovery restart point at \\([0-9A-F/]*\\).*/\\1/p' /tmp/log | tail -n 1)
last=$(sed -n 's/.*restored log file "\\([0-9A-F]\\{24\\}\\)".*/\\1/p' /tmp/log | tail -n 1)
if [ -n "$lsn" ] && [ -n "$last" ]; then
  printf '%s%08X%08X\\n' "$(echo "$last" | cut -c 1-8)" "0x\${lsn%/*}" "$((0x\${lsn#*/} >> 24))" > "$NEW.part/redo"
elif [ -s "$BASE/redo" ]; then
  cp "$BASE/redo" "$NEW.part/redo"
fi
ended=$(date -u +%Y-%m-%dT%H:%M:%SZ)
echo "$ended" > "$NEW.part/ended"
sync
mv "$NEW.part" "$NEW"
echo "ENDED $ended"
`;

/**
 * Removes what no restore to a time after `$SINCE` needs: bases before the last one that is older, the WAL before the oldest
 * base that stays, and histories that ended earlier. `$SINCE` is in seconds since 1970.
 */
export const pruneScript = `
set -eu
current=$(cat "$DATA/lineage")
for lineage in "$DATA${backupsSuffix}"/*/; do
  id=$(basename "$lineage")
  if [ "$id" != "$current" ] && [ "$(date -u -r "$lineage/wal" +%s)" -lt "$SINCE" ]; then
    rm -rf "$lineage"
    continue
  fi
  kept=
  for base in $(ls -r "$lineage/base" | grep -v part); do
    ended=$(date -u -d "$(cat "$lineage/base/$base/ended")" +%s)
    if [ -n "$kept" ] && [ "$kept" -lt "$SINCE" ]; then rm -rf "$lineage/base/$base"; continue; fi
    kept=$ended
    oldest=$lineage/base/$base
  done
  [ -s "$oldest/redo" ] || continue
  redo=$(cat "$oldest/redo")
  for segment in $(ls "$lineage/wal" | grep -E '^[0-9A-F]{24}$' | sort); do
    [ "$segment" != "$redo" ] || break
    rm "$lineage/wal/$segment"
  done
done
`;

/** Puts a restored database in the place of the server's, once that has ended. `$COPY` and `$BEFORE` are folders. */
export const switchScript = `
set -eu
exec 9> "$(dirname "$DATA")/lock"
flock --timeout 90 9 || { echo 'FAILED Postgres did not end within 90 s'; exit 1; }
[ -s "$COPY/PG_VERSION" ] || { echo "FAILED there is no database in $COPY"; exit 1; }
[ ! -e "$DATA" ] || mv "$DATA" "$BEFORE"
mv "$COPY" "$DATA"
sync
`;
