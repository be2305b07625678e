import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';
import { withSourceLines } from '../logging/source-lines.ts';

/** The programs that the image runs for long. They share chunks; what only some of them need is loaded when it is. */
export type Entry = 'main' | 'worker';

export const bundleNameOf = (entry: Entry) => `${entry}.bundle.cjs`;
export const codeCacheOf = (file: string) => `${file}.cache`;

/**
 * Loads the files of a bundle, each compiled from its code cache when there is one. V8 refuses a cache of another version
 * or other flags; it then compiles the source as usual. Node's own loader knows no such cache beside the file.
 */
export class Bundle {
  readonly #loaded = new Map<string, { readonly script: Script; readonly module: { exports: unknown } }>();

  run(directory: string, entry: Entry): void {
    this.load(join(directory, bundleNameOf(entry)));
  }

  /** As `run`; ends the process when a file fails as it is loaded, with the error at its place in the sources. */
  runOrExit(directory: string, entry: Entry): void {
    try {
      this.run(directory, entry);
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`${withSourceLines(stack)}\n`);
      process.exit(1);
    }
  }

  /** What V8 has compiled by now, by the file that it belongs in. */
  get codeCaches(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#loaded].map(([file, { script }]) => [codeCacheOf(file), script.createCachedData()]));
  }

  /** What the file exports; it is run once. */
  load(file: string): unknown {
    const known = this.#loaded.get(file);
    if (known !== undefined) {
      return known.module.exports;
    }
    const script = compile(file);
    const module = { exports: {} };
    this.#loaded.set(file, { script, module });
    script.runInThisContext()(module.exports, this.#requireOf(file), module, file, dirname(file));
    return module.exports;
  }

  /** Chunks by this loader; all else, Node's own modules, by Node's. */
  #requireOf(file: string): NodeJS.Require {
    const require = createRequire(file);
    const load = (id: string) => (id.startsWith('.') ? this.load(join(dirname(file), id)) : require(id));
    return Object.assign(load, require);
  }
}

function compile(file: string): Script {
  // The build writes ASCII only: latin1 spares the decoding, and half of the memory.
  const source = readFileSync(file, 'latin1');
  const cachedData = readCodeCache(file);
  return new Script(Module.wrap(source), {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

function readCodeCache(file: string): Buffer | undefined {
  try {
    return readFileSync(codeCacheOf(file));
  } catch {
    return undefined;
  }
}
