import { userInfo } from 'node:os';

/** Who runs this, by name; a container or a CI job may run as a number that no passwd entry knows. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
