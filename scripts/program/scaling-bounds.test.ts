import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { scalingBounds } from './scaling-bounds.ts';
import { readEnvironment } from './settings.ts';

const project = resolve(import.meta.dirname, '../..');

it('of a process are those between which autoscaling keeps it', () => {
  const { settings } = readEnvironment(project, 'prod');

  expect(scalingBounds(project, 'prod', 'api')).toMatchObject({
    min: settings.api.desiredCount,
    max: settings.api.maxCount,
    settings: { min: 'apiDesiredCount', max: 'apiMaxCount' },
  });
});

it('of a process that the manifest does not have are not those of another', () => {
  expect(() => scalingBounds(project, 'prod', 'cron')).toThrow(expect.objectContaining({ code: 'PROCESS_UNKNOWN' }));
});
