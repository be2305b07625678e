'use strict';

/*
 * `node scripts/start.cjs <file.ts> [arguments]` runs a TypeScript file of the project, on a Node that can.
 * Plain CommonJS in the syntax of Node 14: an old Node must get as far as saying what is missing.
 */
const { spawn, spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { delimiter, join, resolve } = require('node:path');

const project = resolve(__dirname, '..');
/** Platforms for which package.json lists a Node among the optional dependencies. */
const platformsWithNode = ['linux-x64', 'linux-arm64'];
const platform = `${process.platform}-${process.arch}`;
const projectNode = join(project, 'node_modules', `node-${platform}`, 'bin', 'node');
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function start(file, args) {
  if (!existsSync(join(project, 'node_modules'))) {
    return refuse(`The dependencies are not installed: run \`npm ci\` in ${project} first.`);
  }
  if (process.features.typescript) return load(file, args);
  if (existsSync(projectNode)) return runWith(projectNode, file, args, runWithAnother);
  return runWithAnother(file, args);
}

function load(file, args) {
  // Before the first TypeScript: without it, each command loads the compiler to strip the types of one file.
  if (enableCompileCache !== undefined) enableCompileCache();
  process.argv = [process.argv[0], file].concat(args);
  import(file).catch((error) => {
    const missing = /^Cannot find package '([^']+)'/.exec(error.message);
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || missing === null) throw error;
    refuse(`The package ${missing[1]} is not installed: run \`npm ci\` in ${project}.`);
  });
}

/** Where the project's own is not installed, or not for this system. */
function runWithAnother(file, args) {
  const node = findNode();
  if (node === undefined) return refuse(`Node ${process.version} cannot run this project, ${whatToDo()}.`);
  return runWith(node, file, args);
}

/** The first on PATH that runs TypeScript. */
function findNode() {
  // biome-ignore lint/style/noProcessEnv: nothing has been loaded yet that could hand it on.
  const path = (process.env.PATH || '').split(delimiter).filter((directory) => directory !== '');
  return path.map((directory) => join(directory, 'node')).find(runsTypeScript);
}

function runsTypeScript(node) {
  if (!existsSync(node)) return false;
  const { stdout } = spawnSync(node, ['-p', 'process.features.typescript'], { encoding: 'utf8' });
  return stdout !== null && stdout.trim() === 'strip';
}

/** @param instead what happens where it cannot be started at all */
function runWith(node, file, args, instead) {
  // biome-ignore lint/style/noProcessEnv: the child gets what this process got.
  const env = Object.assign({}, process.env);
  // What the child starts (the Pulumi CLI, npx) must find the same Node; that folder holds nothing else.
  if (node === projectNode) env.PATH = [join(projectNode, '..'), env.PATH].join(delimiter);
  const child = spawn(node, [__filename, file].concat(args), { stdio: 'inherit', env });
  forwardedSignals.forEach((signal) => {
    process.on(signal, () => child.kill(signal));
  });
  child.on('error', (error) => {
    if (instead === undefined) throw error;
    instead(file, args);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Ends by the same signal, so that a shell sees what happened.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function whatToDo() {
  const wanted = `Node ${require('../package.json').engines.node}`;
  return platformsWithNode.includes(platform)
    ? `and its own Node is not installed: run \`npm ci\` without --omit=optional, or put ${wanted} on the PATH`
    : `and brings none for ${platform}: install ${wanted} (https://nodejs.org)`;
}

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

module.exports = { start };

if (require.main === module) start(resolve(process.argv[2]), process.argv.slice(3));
