import type { Plugin } from 'rolldown';

/** Optional companions of Nest, Fastify and pg that this app does not use; otherwise they are looked for at run time. */
const optionalPackages =
  /^(@fastify\/(multipart|static|view)|@nestjs\/(microservices|platform-express|websockets)|class-transformer|class-validator|pg-native)($|\/)/;

/** TypeORM loads its drivers for eighteen databases, of which this app speaks to one. */
const otherDrivers = /[\\/]typeorm[\\/](driver[\\/](?!postgres[\\/]|types[\\/])[^\\/]+[\\/]|cache[\\/]Redis)/;

const prefix = '\0missing:';
const prefixed = /^\0missing:/;

/**
 * Leaves out what would be loaded at each start, or looked for, and never used.
 * The filters matter: a hook that is called for each of a thousand modules takes most of the time of the build.
 */
export const leaveOut: readonly Plugin[] = [
  {
    name: 'leave-out-optional-packages',
    resolveId: { filter: { id: optionalPackages }, handler: (source) => `${prefix}${source}` },
    load: { filter: { id: prefixed }, handler: (id) => ({ code: missing(id.slice(prefix.length)), moduleType: 'js' }) },
  },
  {
    name: 'leave-out-other-drivers',
    load: { filter: { id: otherDrivers }, handler: (id) => ({ code: stub(id), moduleType: 'js' }) },
  },
];

/** Absence must look like absence. */
const missing = (name: string) => `
throw Object.assign(new Error(${JSON.stringify(`Cannot find package '${name}'`)}), { code: 'MODULE_NOT_FOUND' });
export {};`;

/** Stands in for a module that must load but never be used: whoever constructs a part of it is told so. */
function stub(id: string): string {
  const name = id.replace(/^.*[\\/]node_modules[\\/]/, '');
  return `
module.exports = new Proxy({}, {
  get: (_target, key) => key === '__esModule' ? true
    : class { constructor() { throw new Error(${JSON.stringify(`${name} is not part of this build`)}); } },
});`;
}
