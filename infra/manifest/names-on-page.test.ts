import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectDirectory } from '../testing/graph-of.ts';
import { sources } from './sources.ts';

it('docs/your-app.md lists the names that a variable may have, and no others', () => {
  const page = readFileSync(join(projectDirectory, 'docs/your-app.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `\{([^}]+)\}` \| (.*) \|$/gm)].map(([, name, what]) => [name, what]);

  expect(Object.fromEntries(rows)).toEqual(sources);
});
