/*
 * What the engine knows of an environment's containers, for Prometheus: processor, memory, and how many tasks run. Runs in
 * an image that has Node.js and nothing else. Reads of the engine's socket, and takes nothing of a request but its path.
 */
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';

const { socketPath, labels, serviceLabel, metrics, port } = JSON.parse(
  readFileSync(new URL('./engine-exporter.json', import.meta.url), 'utf8'),
);
const ofEnvironment = `filters=${encodeURIComponent(JSON.stringify({ label: labels }))}`;

/** `undefined`: what was asked for is gone. */
function ask(path) {
  return new Promise((resolve, reject) => {
    const asked = get({ socketPath, path, headers: { host: 'docker' }, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(body));
        else if (response.statusCode === 404 || response.statusCode === 409) resolve(undefined);
        else reject(new Error(`the engine answered ${response.statusCode} to ${path}`));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`the engine did not answer ${path}`)));
    asked.on('error', reject);
  });
}

let cores;

/** In cores. A container without a limit has all of them. Asked for each time: a limit can be changed while it runs. */
async function limitOf(id) {
  cores ??= (await ask('/info')).NCPU;
  const nanoCpus = (await ask(`/containers/${id}/json`))?.HostConfig?.NanoCpus ?? 0;
  return nanoCpus === 0 ? cores : nanoCpus / 1e9;
}

async function measure({ Id: id, Labels }) {
  const [cpus, stats] = await Promise.all([limitOf(id), ask(`/containers/${id}/stats?stream=false&one-shot=true`)]);
  const memory = stats?.memory_stats ?? {};
  // One that ends at this moment has no figures.
  if (memory.usage === undefined) return [];
  const file = memory.stats?.inactive_file ?? memory.stats?.total_inactive_file ?? 0;
  const of = `{service="${Labels[serviceLabel]}",container="${id.slice(0, 12)}"}`;
  // A busy engine answers late, and some questions not at all.
  const readAt = Date.parse(stats.read);
  return [
    [metrics.cpu, of, stats.cpu_stats.cpu_usage.total_usage / 1e9, readAt],
    [metrics.cpuRead, of, readAt / 1e3, readAt],
    [metrics.cpus, of, cpus],
    [metrics.memory, of, Math.max(0, memory.usage - file)],
    [metrics.memoryLimit, of, memory.limit],
  ];
}

async function render() {
  const [containers, services] = await Promise.all([
    ask(`/containers/json?${ofEnvironment}`),
    ask(`/services?${ofEnvironment}`),
  ]);
  const running = (containers ?? []).filter(({ Labels, State }) => serviceLabel in Labels && State === 'running');
  const samples = (await Promise.all(running.map(measure))).flat();
  for (const { Spec } of services ?? []) {
    const service = Spec.Labels[serviceLabel];
    const count = running.filter(({ Labels }) => Labels[serviceLabel] === service).length;
    samples.push([metrics.running, `{service="${service}"}`, count]);
  }
  const names = [...new Set(samples.map(([name]) => name))];
  return names
    .flatMap((name) => [
      `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
      ...samples
        .filter(([own]) => own === name)
        .map(
          ([, of, value, readAt]) => `${name}${of} ${value}${Number.isNaN(readAt ?? Number.NaN) ? '' : ` ${readAt}`}`,
        ),
    ])
    .join('\n');
}

createServer((request, response) => {
  if (request.url !== '/metrics') return void response.writeHead(404).end();
  render().then(
    (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(`${text}\n`),
    ({ message }) => {
      console.error(JSON.stringify({ time: new Date().toISOString(), level: 'error', msg: message }));
      response.writeHead(503).end();
    },
  );
}).listen(port);
process.on('SIGTERM', () => process.exit(0));
