const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3600 },
  { name: 'min', seconds: 60 },
] as const;

/** A duration: `0.4 s`, `12.3 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** An age in its largest unit: `just now`, `5 min ago`, `3 d ago`. */
export function formatAge(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const unit = units.find((candidate) => seconds >= candidate.seconds);
  return unit === undefined ? 'just now' : `${Math.floor(seconds / unit.seconds)} ${unit.name} ago`;
}

/** Reads `90`, `90s`, `15m`, `2h` or `1d` as seconds; `undefined` for anything else. */
export function parseSeconds(text: string): number | undefined {
  const match = /^(\d+)(s|m|h|d)?$/.exec(text);
  if (match === null) return undefined;
  const factor = { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? 's'];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}
