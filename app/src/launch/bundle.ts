import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

/** The bundled app and what V8 compiled of it when the image was built. */
export const bundleName = 'main.bundle.cjs';
export const codeCacheName = 'main.bundle.cache';

/**
 * Compiles the bundle, from the code cache when there is one. V8 refuses a cache of another version or other flags;
 * it then compiles the source as usual.
 */
export function compileBundle(directory: string): Script {
  // The build writes ASCII only: latin1 spares the decoding, and half of the memory.
  const source = readFileSync(join(directory, bundleName), 'latin1');
  const cachedData = readCodeCache(directory);
  return new Script(Module.wrap(source), {
    filename: join(directory, bundleName),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

export function runBundle(script: Script, directory: string): void {
  const file = join(directory, bundleName);
  script.runInThisContext()({}, createRequire(file), {}, file, directory);
}

function readCodeCache(directory: string): Buffer | undefined {
  try {
    return readFileSync(join(directory, codeCacheName));
  } catch {
    return undefined;
  }
}
