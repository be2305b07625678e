import { createRequire, Module } from 'node:module';

/**
 * What `@pulumi/pulumi` loads at once and a recorded program never uses: what serializes functions, with the TypeScript
 * compiler and npm's dependency resolver; the Automation API; gRPC and its tracing, which speak to an engine.
 */
const unused = [
  './typescript-shim.js',
  '@npmcli/arborist',
  'normalize-package-data',
  'semver',
  './automation',
  '@grpc/grpc-js',
  '@opentelemetry/api',
  ...['callback', 'engine', 'events', 'language', 'provider', 'resource'].map((name) => `./proto/${name}_grpc_pb.js`),
];

/**
 * Loads them at their first use instead: loading `@pulumi/pulumi` takes a quarter of the time then. Without effect where `@pulumi/pulumi` is
 * loaded already, or has changed what it loads.
 */
export function deferUnused(): void {
  const fromPulumi = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
  for (const name of unused) defer(fromPulumi, name);
}

function defer(require: NodeJS.Require, name: string): void {
  const path = findModule(require, name);
  if (path === undefined || path in require.cache) return;
  const standIn = new Module(path);
  const load = () => {
    if (require.cache[path] === standIn) delete require.cache[path];
    return require(path) as Record<PropertyKey, unknown>;
  };
  const read = (key: PropertyKey) => {
    const loaded = load();
    return key === 'default' && loaded['__esModule'] !== true ? loaded : loaded[key];
  };
  standIn.loaded = true;
  standIn.exports = new Proxy(
    {},
    {
      // `import * as` as TypeScript compiles it copies, and so loads, whatever does not say that it is an ES module.
      get: (_target, key) => key === '__esModule' || read(key),
      // An ES module that imports it asks for these.
      has: (_target, key) => key in load(),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor: (_target, key) =>
        key in load() ? { value: read(key), enumerable: true, configurable: true } : undefined,
    },
  );
  require.cache[path] = standIn;
}

function findModule(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
