/** One value of one factor; a value can be several settings that go together. */
export interface Level {
  readonly factor: string;
  readonly level: string;
}

export type Row = Readonly<Record<string, string>>;
export type Factors = Readonly<Record<string, readonly string[]>>;

/**
 * Rows in which every two levels of different factors meet at least once, but those that exclude each other. Greedy and
 * deterministic: a few more rows than there have to be, found in no time.
 * https://en.wikipedia.org/wiki/All-pairs_testing
 */
export function allPairs(factors: Factors, excluded: (a: Level, b: Level) => boolean): readonly Row[] {
  const levels = Object.entries(factors).flatMap(([factor, values]) => values.map((level) => ({ factor, level })));
  const open = new Map<string, readonly [Level, Level]>();
  for (const a of levels) {
    for (const b of levels) {
      if (a.factor < b.factor && !excluded(a, b)) open.set(nameOf(a, b), [a, b]);
    }
  }
  const rows: Row[] = [];
  for (let next = open.values().next(); next.done !== true; next = open.values().next()) {
    const row = complete(next.value, levels, open, excluded);
    for (const a of row) for (const b of row) open.delete(nameOf(a, b));
    rows.push(Object.fromEntries(row.map(({ factor, level }) => [factor, level])));
  }
  return rows;
}

function nameOf(a: Level, b: Level): string {
  return `${a.factor}=${a.level} ${b.factor}=${b.level}`;
}

/** Takes for each other factor the level that meets most of those in the row for the first time. */
function complete(
  start: readonly Level[],
  levels: readonly Level[],
  open: ReadonlyMap<string, unknown>,
  excluded: (a: Level, b: Level) => boolean,
): readonly Level[] {
  const row = [...start];
  const factors = new Set(levels.map(({ factor }) => factor));
  for (const { factor } of start) factors.delete(factor);
  for (const factor of factors) {
    const possible = levels.filter(
      (level) => level.factor === factor && !row.some((other) => excluded(level, other) || excluded(other, level)),
    );
    const isNew = (level: Level) =>
      row.filter((other) => open.has(nameOf(level, other)) || open.has(nameOf(other, level)));
    const [best] = possible.toSorted((a, b) => isNew(b).length - isNew(a).length);
    if (best === undefined) throw new Error(`No level of ${factor} goes with ${JSON.stringify(row)}.`);
    row.push(best);
  }
  return row;
}
