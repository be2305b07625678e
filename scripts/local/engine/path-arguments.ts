/** A path or a `key=path` for an option that Docker reads as a line of CSV: `--compose-file`, `--secret`, `--mount`. */
export function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Mounts a file or folder of this machine, read-only unless `writable`. `--volume` separates by colons, which a path may
 * have; it stays the form of all other paths, because containers are compared by their arguments.
 */
export function bindMount(source: string, target: string, { writable = false } = {}): readonly string[] {
  if (!source.includes(':')) return ['--volume', `${source}:${target}${writable ? '' : ':ro'}`];
  const fields = ['type=bind', csvField(`source=${source}`), `target=${target}`, ...(writable ? [] : ['readonly'])];
  return ['--mount', fields.join(',')];
}
