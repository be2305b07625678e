import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectDirectory } from '../../infra/testing/graph-of.ts';
import { longest } from './longest-first.ts';

it('every file that is started first is there', () => {
  expect(longest.filter((file) => !existsSync(join(projectDirectory, file)))).toEqual([]);
});
