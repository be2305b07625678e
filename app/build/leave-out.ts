import type { Plugin } from 'rolldown';

/** Optional companions of Nest and Fastify that this app does not use; they are looked for at run time if not left out. */
const optionalPackages = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'pg-native',
];

/** TypeORM loads its drivers for eighteen databases, of which this app speaks to one. */
const otherDrivers = /[\\/]typeorm[\\/](driver[\\/](?!postgres[\\/]|types[\\/])[^\\/]+[\\/]|cache[\\/]Redis)/;

const prefix = '\0left-out:';

/** Stands in for a module that must load but never be used: whoever constructs or calls a part of it is told so. */
const stub = (name: string) => `
module.exports = new Proxy({}, {
  get: (_target, key) => key === '__esModule' ? true
    : class { constructor() { throw new Error(${JSON.stringify(`${name} is not part of this build`)}); } },
});`;

/** For optional packages: absence must look like absence. */
const missing = (name: string) => `
throw Object.assign(new Error(${JSON.stringify(`Cannot find package '${name}'`)}), { code: 'MODULE_NOT_FOUND' });
export {};`;

/** Leaves out what would be loaded at each start, or looked for, and never used. */
export const leaveOut: Plugin = {
  name: 'leave-out',
  async resolveId(source, importer, options) {
    if (optionalPackages.some((name) => source === name || source.startsWith(`${name}/`))) {
      return `${prefix}missing:${source}`;
    }
    const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
    return resolved !== null && otherDrivers.test(resolved.id) ? `${prefix}stub:${resolved.id}` : resolved;
  },
  load(id) {
    if (!id.startsWith(prefix)) {
      return null;
    }
    const name = id.slice(id.indexOf(':', prefix.length) + 1).replace(/^.*[\\/]node_modules[\\/]/, '');
    return id.startsWith(`${prefix}missing:`)
      ? { code: missing(name), moduleType: 'js' }
      : { code: stub(name), moduleType: 'js' };
  },
};
