import { lookup } from 'node:dns';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { availableParallelism } from 'node:os';
import { env } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

/*
 * What a drill does to an app from inside, without the app's help. Only images that a drill makes have this file.
 * The variable DRILL_FAULTS is JSON with the fields read below; scripts/drill/faults.ts describes them.
 */
// biome-ignore lint/style/noProcessEnv: it runs inside the task, where nobody else could hand it on.
const faults = JSON.parse(env.DRILL_FAULTS ?? '{}');
const runs = (command) => command !== undefined && process.argv.slice(1).join(' ').endsWith(command);
const log = (msg) =>
  process.stdout.write(`${JSON.stringify({ level: 'warn', time: new Date().toISOString(), msg })}\n`);

if (runs(faults.failsCommand)) {
  log('drill: the release command fails on purpose');
  process.exit(1);
}
if (runs(faults.passesCommand)) process.exit(0);
if (runs(faults.background) || runs(faults.front)) readActs();
if (runs(faults.front)) {
  if (faults.exitAfterMs !== undefined) {
    setTimeout(() => {
      log('drill: exits on purpose');
      process.exit(7);
    }, faults.exitAfterMs);
  }
  if (faults.endsAtSigterm === true) process.prependListener('SIGTERM', () => process.exit(0));
  if (faults.needsHost !== undefined) {
    setInterval(() => lookup(faults.needsHost, (error) => error && process.exit(1)), 500);
  }
  if (faults.liveness !== undefined) answerRequests();
}

function answerRequests() {
  const emit = http.Server.prototype.emit;
  let count = 0;
  const startedAt = Date.now();
  const early = startedAt >= (faults.readyTooEarly?.from ?? 0) ? faults.readyTooEarly?.ms : undefined;
  http.Server.prototype.emit = function (event, request, response) {
    // Its metrics are served on another port, and measure what goes wrong here.
    if (event !== 'request' || this.address()?.port !== faults.port) return Reflect.apply(emit, this, arguments);
    const path = request.url.split('?')[0];
    const check = path === faults.liveness || path === faults.readiness;
    const asked = request.headers['x-drill'];
    if (asked !== undefined) return act(asked, response);
    if (path === faults.readiness && faults.readyStatus !== undefined) return answer(response, faults.readyStatus);
    if (early !== undefined && Date.now() < startedAt + early) return answer(response, check ? 200 : 503);
    if (!check) {
      count += 1;
      if (faults.errorEvery !== undefined && count % faults.errorEvery === 0) return answer(response, 500);
    }
    const slowMs = Number(request.headers['x-drill-slow'] ?? 0);
    if (slowMs > 0) delayEnd(response, slowMs);
    return Reflect.apply(emit, this, arguments);
  };
}

/** Of a process that gets no requests, or of all tasks of one. */
function readActs() {
  const file = '/tmp/drill-act';
  setInterval(() => {
    let asked;
    try {
      asked = readFileSync(file, 'utf8').trim();
      rmSync(file);
    } catch {
      return;
    }
    const [name, ...values] = asked.split(' ');
    acts[name]?.(values);
  }, 250).unref();
}

function answer(response, status, body = {}) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

/** The app has finished its work; its answer leaves later. */
function delayEnd(response, ms) {
  const end = response.end;
  response.end = (...given) => {
    setTimeout(() => Reflect.apply(end, response, given), ms);
    return response;
  };
}

/** Of the container, in bytes, without files that the kernel could forget: those do not count against its limit. */
function ownMemory() {
  // Of cgroup 2, and of its predecessor.
  for (const [file, name] of Object.entries({ 'memory.stat': 'anon', 'memory/memory.stat': 'total_rss' })) {
    try {
      const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(`/sys/fs/cgroup/${file}`, 'utf8'));
      if (found !== null) return Number(found[1]);
    } catch {}
  }
  return process.memoryUsage.rss();
}

/** By itself, V8 may leave it for minutes, and the next drill would meet a task that is full. */
function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** In cores; of cgroup 2, and of its predecessor. */
function ownCores() {
  const read = (file) => {
    try {
      return readFileSync(`/sys/fs/cgroup/${file}`, 'utf8').trim();
    } catch {
      return '';
    }
  };
  const [quota, period] =
    read('cpu.max') === '' ? [read('cpu/cpu.cfs_quota_us'), read('cpu/cpu.cfs_period_us')] : read('cpu.max').split(' ');
  return Number(quota) > 0 ? Number(quota) / Number(period) : availableParallelism();
}

/** Runs in a thread of its own, of this source. */
function useCpu() {
  const { readFileSync: readFile } = require('node:fs');
  const { milliseconds, share, threads } = require('node:worker_threads').workerData;
  const usedMs = () => {
    try {
      return Number(/^usage_usec (\d+)/m.exec(readFile('/sys/fs/cgroup/cpu.stat', 'utf8'))[1]) / 1e3;
    } catch {
      return Number(readFile('/sys/fs/cgroup/cpuacct/cpuacct.usage', 'utf8')) / 1e6;
    }
  };
  // Of this thread alone: those of the app come first.
  require('node:os').setPriority(0, 19);
  const tickMs = 20;
  const end = performance.now() + milliseconds;
  let from = performance.now();
  let before = usedMs();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now > end) return clearInterval(timer);
    const missing = (now - from) * share - (usedMs() - before);
    // Little more at once than it needs by itself, however far it is behind on a busy machine.
    const until = now + Math.min(missing, 2 * tickMs * share) / threads;
    while (performance.now() < until);
    // What could not be used for a second is forgotten.
    if (now - from < 1000) return;
    from = now;
    before = usedMs();
  }, tickMs);
}

const kept = [];
/** Of what lasts. */
const ends = [];
const acts = {
  ping: () => ({ said: 'armed' }),
  /** Outside of the heap, so that the container's own limit ends it. */
  oom: () => void setInterval(() => kept.push(Buffer.alloc(32 * 2 ** 20, 1)), 20),
  exit: () => process.exit(1),
  /** Ends what would last longer. */
  rest: () => {
    for (const end of ends.splice(0)) end();
  },
  hog: ([seconds, threads]) => {
    const code = `const until = Date.now() + ${Number(seconds) * 1000}; while (Date.now() < until);`;
    for (let thread = 0; thread < Number(threads); thread += 1) {
      const worker = new Worker(code, { eval: true });
      ends.push(() => worker.terminate());
    }
  },
  /** What is left of the CPU of the task, up to that share of it: whatever else runs in it is counted. */
  use: ([percent, seconds]) => {
    const cores = ownCores();
    const threads = Math.ceil(cores * 1.5);
    const workerData = { milliseconds: Number(seconds) * 1000, share: (cores * Number(percent)) / 100, threads };
    for (let thread = 0; thread < threads; thread += 1) {
      const worker = new Worker(`(${useCpu})()`, { eval: true, workerData });
      ends.push(() => worker.terminate());
    }
  },
  /** Outside of the heap, up to that share of what the container has, and given back after that time. */
  hold: ([percent, seconds]) => {
    const limit = (process.constrainedMemory() * Number(percent)) / 100;
    const held = [];
    while (ownMemory() < limit && held.length < 4096) held.push(Buffer.alloc(4 * 2 ** 20, 1));
    // What the app needs more from now on is not to be its last.
    const yielding = setInterval(() => {
      if (ownMemory() < limit * 1.03) return;
      held.splice(-4);
      collectGarbage();
    }, 250);
    const giveBack = () => {
      clearInterval(yielding);
      held.splice(0);
      collectGarbage();
    };
    ends.push(giveBack);
    setTimeout(giveBack, Number(seconds) * 1000);
  },
  /** The event loop waits for so long of each 400 ms or more. Without computing, so that the rest of its time is its own. */
  block: ([ms, seconds, everyMs = 400]) => {
    const end = Date.now() + Number(seconds) * 1000;
    const never = new Int32Array(new SharedArrayBuffer(4));
    const timer = setInterval(() => {
      Atomics.wait(never, 0, 0, Number(ms));
      if (Date.now() > end) clearInterval(timer);
    }, Number(everyMs));
    ends.push(() => clearInterval(timer));
  },
  fill: () => {
    const block = Buffer.alloc(2 ** 20, 1);
    let written = 0;
    try {
      for (; written < 4096; written += 1) writeFileSync('/tmp/drill-fills-the-disk', block, { flag: 'a' });
    } catch (error) {
      return { said: `${error.code} after ${written} MiB` };
    }
    return { said: `${written} MiB were written` };
  },
};

function act(asked, response) {
  const [name, ...values] = asked.split(' ');
  const done = acts[name];
  return done === undefined ? answer(response, 404) : answer(response, 200, done(values) ?? {});
}
