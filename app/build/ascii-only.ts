import type { Plugin } from 'rolldown';

/** Writes what is not ASCII as escapes: the launcher reads the bundle byte by byte (see src/launch/bundle.ts). */
export const asciiOnly: Plugin = {
  name: 'ascii-only',
  renderChunk: (code) => ({ code: code.replace(/[^\0-\x7f]/g, escapeUnit), map: null }),
};

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
