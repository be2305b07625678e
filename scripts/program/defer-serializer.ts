import { createRequire, Module } from 'node:module';

/**
 * Loads what Pulumi serializes functions with (npm's dependency resolver and the TypeScript compiler) at its first use.
 * `@pulumi/pulumi` loads both at once, which is a seventh of a command's CPU time; this program has no function to
 * serialize. Without effect where `@pulumi/pulumi` is loaded already, or has changed what it loads.
 */
export function deferSerializer(): void {
  const fromPulumi = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
  for (const name of ['@npmcli/arborist', './typescript-shim.js']) defer(fromPulumi, name);
}

function defer(require: NodeJS.Require, name: string): void {
  const path = findModule(require, name);
  if (path === undefined || path in require.cache) return;
  const standIn = new Module(path);
  const load = () => {
    if (require.cache[path] === standIn) delete require.cache[path];
    return require(path) as Record<PropertyKey, unknown>;
  };
  standIn.loaded = true;
  // `import * as` as TypeScript compiles it copies, and so loads, whatever does not say that it is an ES module.
  standIn.exports = new Proxy({}, { get: (_target, key) => key === '__esModule' || load()[key] });
  require.cache[path] = standIn;
}

function findModule(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
