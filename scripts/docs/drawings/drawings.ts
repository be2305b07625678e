import { drawFlow } from './flow.ts';
import { drawOverview } from './overview.ts';
import { drawRooms } from './rooms.ts';
import { renderSheet } from './sheet.ts';

/** The drawings of README.md and docs/architecture.md by their file names in docs/. */
export function drawings(): Readonly<Record<string, string>> {
  return {
    'overview.svg': renderSheet(drawOverview(), 2),
    'overview-narrow.svg': renderSheet(drawOverview(), 1),
    'rooms.svg': renderSheet(drawRooms(), 2),
    'rooms-narrow.svg': renderSheet(drawRooms(), 1),
    'release.svg': renderSheet(drawFlow(), 2),
    'release-narrow.svg': renderSheet(drawFlow(), 1),
  };
}
