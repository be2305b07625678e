import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsPages } from './settings-pages.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

describe('generated from infra/settings/keys', () => {
  it.each(Object.entries(settingsPages(projectDirectory)))('%s', (path, text) => {
    const written = readFileSync(join(projectDirectory, path), 'utf8');

    expect(written, `${path} is stale: run \`npm run docs:settings\``).toBe(text);
  });
});
