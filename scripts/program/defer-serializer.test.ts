import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

/** In a process of its own: what it changes is the process's module cache. */
function inProcess(code: string): unknown {
  const module = resolve(import.meta.dirname, 'defer-serializer.ts');
  const source = `
import { createRequire } from 'node:module';
import { deferSerializer } from ${JSON.stringify(module)};
deferSerializer();
const pulumi = await import('@pulumi/pulumi');
const require = createRequire(import.meta.resolve('@pulumi/pulumi'));
const loaded = () => Object.keys(require.cache);
${code}`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' });
  return JSON.parse(output);
}

test('loading Pulumi loads neither the TypeScript compiler nor the dependency resolver', () => {
  const found = inProcess(`console.log(JSON.stringify({
    typescript: loaded().filter((path) => path.endsWith('typescript/lib/typescript.js')).length,
    resolver: loaded().filter((path) => /metavuln-calculator/.test(path)).length,
    pulumi: loaded().filter((path) => path.endsWith('closure/codePaths.js')).length,
  }));`);
  expect(found).toEqual({ typescript: 0, resolver: 0, pulumi: 1 });
});

test('what needs them still gets them', () => {
  const found = inProcess(`
const { text } = await pulumi.runtime.serializeFunction((given) => given + 1);
const paths = await pulumi.runtime.computeCodePaths();
console.log(JSON.stringify({ serialized: text.includes('given + 1'), paths: paths.size > 0 }));`);
  expect(found).toEqual({ serialized: true, paths: true });
});
