/** One value of one factor. A value may stand for several settings that belong together. */
export interface Level {
  readonly factor: string;
  readonly level: string;
}

export type Row = Readonly<Record<string, string>>;
export type Factors = Readonly<Record<string, readonly string[]>>;

/**
 * Rows that combine every two levels of different factors at least once, except pairs that exclude each other. Greedy and
 * deterministic: a few more rows than the minimum, found instantly.
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

/** Adds for every other factor the level that covers most new pairs. */
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
