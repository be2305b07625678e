import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';

/*
 * What a drill does to Postgres and Valkey as one more client of them, in a container of its own on the environment's
 * network. The first line of its input has the logins, each further one asks for something and is answered with a line.
 * It ends with its input, and with it everything that it holds: scripts/drill/guest.ts.
 */
const lines = createInterface({ input: process.stdin });
let logins;
const sessions = [];
const sockets = [];
let holding = true;

const ofDrill = 'drill:';
const chunkBytes = 4 * 2 ** 20;
/** Nothing of a drill that was killed stays for longer. */
const expirySeconds = 600;

async function session() {
  const client = new pg.Client({ ...logins.postgres, ssl: { rejectUnauthorized: false }, application_name: 'drill' });
  // A server that ends it is for the drill to judge.
  client.on('error', () => undefined);
  await client.connect();
  sessions.push(client);
  return client;
}

let known;
function valkey() {
  known ??= newValkey();
  return known;
}

function newValkey() {
  const client = new Redis({ ...logins.valkey, tls: { rejectUnauthorized: false }, lazyConnect: false });
  client.on('error', () => undefined);
  return client;
}

async function repeatedly(work) {
  while (holding) await work();
}

/** As a long string: the server gives it all of its memory at once. */
async function fillTo(client, bytes) {
  const fill = `
    local used = tonumber(string.match(redis.call('INFO', 'memory'), 'used_memory:(%d+)'))
    if used >= tonumber(ARGV[2]) then return 0 end
    redis.call('SETRANGE', KEYS[1], ${chunkBytes - 1}, 'x')
    redis.call('EXPIRE', KEYS[1], ${expirySeconds})
    return 1`;
  let written = 0;
  while ((await client.eval(fill, 1, `${ofDrill}${process.hrtime.bigint()}`, '', bytes)) === 1) written += 1;
  return written;
}

const acts = {
  sql: async ({ text }) => {
    const client = await session();
    await client.query(text);
    await client.end();
    return {};
  },
  /** Sessions that do nothing, until the server has so many in all; one leaves for each that the app opens from then on. */
  sessions: async ({ total }) => {
    const first = await session();
    const idle = [];
    const count = async () =>
      Number((await first.query('SELECT sum(numbackends) AS count FROM pg_stat_database')).rows[0].count);
    let found = await count();
    while (found < total) {
      for (; found < total; found += 1) idle.push(await session());
      found = await count();
    }
    repeatedly(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const over = (await count()) - total;
      if (over > 0) await Promise.all(idle.splice(-over).map((one) => one.end()));
    }).catch(() => undefined);
    return { sessions: sessions.length, ofAll: found };
  },
  /** Statements that only compute, one after the other, in so many sessions. */
  statements: async ({ sessions: count }) => {
    for (let index = 0; index < count; index += 1) {
      const client = await session();
      repeatedly(() => client.query('SELECT sum(i) FROM generate_series(1, 1000000) AS i')).catch(() => undefined);
    }
    return {};
  },
  connections: async ({ count, host, port }) => {
    for (let index = 0; index < count; index += 1) {
      const socket = connect(port, host);
      socket.on('error', () => undefined);
      sockets.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve));
    }
    return { open: sockets.filter(({ readyState }) => readyState === 'open').length };
  },
  /** Scripts of a few milliseconds, without a pause between them. */
  scripts: async ({ clients }) => {
    for (let index = 0; index < clients; index += 1) {
      const client = newValkey();
      repeatedly(() => client.eval('local n = 0 for i = 1, 200000 do n = n + i end return n', 0)).catch(
        () => undefined,
      );
    }
    return {};
  },
  /** @param share of the memory that it may use; beyond 1, it is full, and keeps being written to */
  fill: async ({ share, policy }) => {
    const client = valkey();
    const [, most] = await client.config('GET', 'maxmemory');
    const [, policyBefore] = await client.config('GET', 'maxmemory-policy');
    if (policy !== undefined) await client.config('SET', 'maxmemory-policy', policy);
    const chunks = await fillTo(client, Math.floor(Number(most) * Math.min(share, 0.98)));
    if (share > 1) {
      const script = `redis.call('SETRANGE', KEYS[1], ${chunkBytes - 1}, 'x') redis.call('EXPIRE', KEYS[1], ${expirySeconds})`;
      repeatedly(async () => {
        await client.eval(script, 1, `${ofDrill}${process.hrtime.bigint()}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }).catch(() => undefined);
    }
    return { mebibytes: chunks * (chunkBytes / 2 ** 20), policyBefore };
  },
  empty: async ({ policy }) => {
    holding = false;
    const client = valkey();
    if (policy !== undefined) await client.config('SET', 'maxmemory-policy', policy);
    let cursor = '0';
    let removed = 0;
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `${ofDrill}*`, 'COUNT', 1000);
      if (keys.length > 0) removed += await client.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
    return { removed };
  },
};

lines.on('line', (line) => {
  const asked = JSON.parse(line);
  if (logins === undefined) {
    logins = asked;
    return;
  }
  acts[asked.act](asked).then(
    (answer) => console.log(JSON.stringify(answer)),
    (error) => console.log(JSON.stringify({ failure: error.message })),
  );
});
lines.on('close', () => process.exit(0));
