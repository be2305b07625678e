import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

/** In a process of its own: what it changes is the process's module cache. */
function inProcess(code: string): unknown {
  const module = resolve(import.meta.dirname, 'defer-unused.ts');
  const source = `
import { createRequire } from 'node:module';
import { deferUnused } from ${JSON.stringify(module)};
deferUnused();
const pulumi = await import('@pulumi/pulumi');
const require = createRequire(import.meta.resolve('@pulumi/pulumi'));
const loaded = () => Object.keys(require.cache);
${code}`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' });
  return JSON.parse(output);
}

test('loading Pulumi loads nothing that only an engine, the Automation API or a serialized function needs', () => {
  const found = inProcess(`console.log(JSON.stringify({
    typescript: loaded().filter((path) => path.endsWith('typescript/lib/typescript.js')).length,
    resolver: loaded().filter((path) => /metavuln-calculator/.test(path)).length,
    automation: loaded().filter((path) => path.endsWith('automation/localWorkspace.js')).length,
    grpc: loaded().filter((path) => path.endsWith('grpc-js/build/src/client.js')).length,
    versions: loaded().filter((path) => path.endsWith('semver/classes/semver.js')).length,
    pulumi: loaded().filter((path) => path.endsWith('runtime/mocks.js')).length,
  }));`);
  expect(found).toEqual({ typescript: 0, resolver: 0, automation: 0, grpc: 0, versions: 0, pulumi: 1 });
});

test('what needs them still gets them', () => {
  const found = inProcess(`
const { text } = await pulumi.runtime.serializeFunction((given) => given + 1);
const paths = await pulumi.runtime.computeCodePaths();
const { LocalWorkspace } = pulumi.automation;
const { ConcurrentUpdateError } = await import('@pulumi/pulumi/automation/index.js');
const { Server } = await import('@grpc/grpc-js');
console.log(JSON.stringify({
  serialized: text.includes('given + 1'),
  paths: paths.size > 0,
  automation: typeof LocalWorkspace.create,
  error: ConcurrentUpdateError.prototype instanceof Error,
  grpc: pulumi.isGrpcError({ code: 14 }),
  server: typeof Server,
  engine: typeof require('./proto/engine_grpc_pb.js').EngineClient,
}));`);
  expect(found).toEqual({
    serialized: true,
    paths: true,
    automation: 'function',
    error: true,
    grpc: true,
    server: 'function',
    engine: 'function',
  });
});
