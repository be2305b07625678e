import { once } from 'node:events';
import inspector from 'node:inspector';
import { enableCompileCache, flushCompileCache, setSourceMapsSupport } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What turns a warm process into the API or the worker. */
export interface Go {
  readonly file: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Loopback port of the debugger. */
  readonly inspectPort: number;
}

/*
 * `node warm.ts <folder>`: loads the packages that the app needs and waits for the app itself. Loading them takes most of
 * a start, and a change of the sources changes none of them.
 */
const [, script = '', folder = ''] = process.argv;
// The worker takes further arguments for a command.
process.argv = [process.execPath, script];
// Whoever started this is gone, and so is the database.
process.on('disconnect', () => process.exit());
enableCompileCache(join(folder, 'compile-cache'));
const go = once(process, 'message');
await import(pathToFileURL(join(folder, 'app', 'dist', 'packages.mjs')).href);
// For the next one; otherwise it is written at the end of this process.
flushCompileCache();
const [{ file, variables, inspectPort }] = (await go) as [Go];
process.channel?.unref();
// biome-ignore lint/style/noProcessEnv: the app reads it when it is loaded, below.
Object.assign(process.env, variables);
// Maps of packages would be read at each start, and lead to files that are not there.
setSourceMapsSupport(true, { nodeModules: false });
inspector.open(inspectPort, '127.0.0.1');
await import(pathToFileURL(file).href);
