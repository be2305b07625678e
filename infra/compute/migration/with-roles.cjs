// Runs in the app's image before its release command: sets up the roles that the app logs in as, then becomes the command.
// Plain JavaScript without packages, because the image has none of ours, and for any Node.js from 16 on.
const { createHash, createHmac, pbkdf2Sync, randomBytes } = require('node:crypto');
const net = require('node:net');
const tls = require('node:tls');
const { spawn } = require('node:child_process');

const { env } = process;
const own = {};
for (const name of Object.keys(env)) {
  if (!name.startsWith('STACK_ROLES_')) continue;
  own[name.slice('STACK_ROLES_'.length)] = env[name];
  // The release command must not log in as the owner.
  delete env[name];
}
const say = (level, msg) => console.log(JSON.stringify({ level, time: new Date().toISOString(), msg }));
const identifier = (text) => `"${text.replaceAll('"', '""')}"`;
const literal = (text) => `'${text.replaceAll("'", "''")}'`;

/** A session of the frontend/backend protocol, version 3: https://www.postgresql.org/docs/current/protocol.html */
class Session {
  constructor(socket) {
    this.socket = socket;
    this.buffer = Buffer.alloc(0);
    this.waiting = undefined;
    socket.on('data', (data) => {
      this.buffer = Buffer.concat([this.buffer, data]);
      this.wake();
    });
    for (const event of ['error', 'close'])
      socket.on(event, (error) => {
        this.failure = error instanceof Error ? error : new Error('the server closed the connection');
        this.wake();
      });
  }
  wake() {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined) waiting();
  }
  send(type, ...parts) {
    const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    this.socket.write(Buffer.concat([Buffer.from(type), length, body]));
  }
  async read() {
    for (;;) {
      if (this.buffer.length >= 5) {
        const end = 1 + this.buffer.readInt32BE(1);
        if (this.buffer.length >= end) {
          const message = { type: String.fromCharCode(this.buffer[0]), body: this.buffer.subarray(5, end) };
          this.buffer = this.buffer.subarray(end);
          if (message.type === 'E') throw new Error(errorIn(message.body));
          if (!'NSK'.includes(message.type)) return message;
          continue;
        }
      }
      if (this.failure !== undefined) throw this.failure;
      await new Promise((resolve) => {
        this.waiting = resolve;
      });
    }
  }
  /** One text may hold several statements: they are one transaction. */
  async query(sql) {
    this.send('Q', sql);
    const rows = [];
    for (;;) {
      const { type, body } = await this.read();
      if (type === 'D') rows.push(body.subarray(6, 6 + Math.max(0, body.readInt32BE(2))).toString());
      if (type === 'Z') return rows;
    }
  }
}

function errorIn(body) {
  const fields = body.toString().split('\0');
  return fields
    .filter((field) => /^[MDH]/.test(field))
    .map((field) => field.slice(1))
    .join('; ');
}

async function connect(user, password, database = own.NAME) {
  const { HOST: host, PORT: port, CA: ca } = own;
  const plain = net.connect({ host, port: Number(port) });
  plain.setTimeout(15_000, () => plain.destroy(new Error(`${host}:${port} did not answer in 15 s`)));
  await new Promise((resolve, reject) => plain.once('connect', resolve).once('error', reject));
  plain.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  const answer = await new Promise((resolve, reject) => plain.once('data', resolve).once('error', reject));
  if (String(answer) !== 'S') throw new Error('the server does not speak TLS');
  const socket = tls.connect({ socket: plain, servername: net.isIP(host) ? undefined : host, host, ca });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  plain.setTimeout(0);
  const session = new Session(socket);
  const start = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(`user\0${user}\0database\0${database}\0\0`)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(start.length + 4);
  socket.write(Buffer.concat([length, start]));
  await logIn(session, password);
  for (;;) if ((await session.read()).type === 'Z') return session;
}

/** SCRAM-SHA-256: https://www.rfc-editor.org/rfc/rfc7677 */
async function logIn(session, password) {
  const first = await session.read();
  if (first.body.readInt32BE(0) === 0) return;
  if (first.body.readInt32BE(0) !== 10) throw new Error('the server asks for another login than SCRAM-SHA-256');
  const nonce = randomBytes(18).toString('base64');
  const bare = `n=,r=${nonce}`;
  const message = Buffer.from(`n,,${bare}`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  session.send('p', 'SCRAM-SHA-256', length, message);
  const challenge = (await session.read()).body.subarray(4).toString();
  const { r, s, i } = Object.fromEntries(challenge.split(',').map((part) => [part[0], part.slice(2)]));
  if (!r.startsWith(nonce)) throw new Error('the server answered with another nonce');
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), Number(i), 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const proofless = `c=biws,r=${r}`;
  const all = `${bare},${challenge},${proofless}`;
  const signature = hmac(createHash('sha256').update(clientKey).digest(), all);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index])).toString('base64');
  session.send('p', Buffer.from(`${proofless},p=${proof}`));
  const verifier = (await session.read()).body.subarray(4).toString().slice(2);
  if (verifier !== hmac(hmac(salted, 'Server Key'), all).toString('base64'))
    throw new Error('the server is not the one that knows the password');
  await session.read();
}

const rights = 'SELECT, INSERT, UPDATE, DELETE';

/** On a server with databases of others: one of ours, marked, so that no two environments use the same. */
async function setUpDatabase() {
  const { NAME, OWNER, OWNER_PASSWORD, MARK, MAX_CONNECTIONS } = own;
  if (MARK === undefined) return;
  const session = await connect(OWNER, OWNER_PASSWORD, 'postgres');
  const [allowed] = await session.query('SHOW max_connections');
  if (Number(allowed) < Number(MAX_CONNECTIONS))
    throw new Error(
      `the server allows ${allowed} connections, and databaseMaxConnections says ${MAX_CONNECTIONS}. Set it to what the server has`,
    );
  await session.query('SELECT pg_advisory_lock(7236489123)');
  const [found] = await session.query(
    `SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = ${literal(NAME)}`,
  );
  const mark = `COMMENT ON DATABASE ${identifier(NAME)} IS ${literal(MARK)}`;
  if (found === undefined) {
    // No transaction may be open while a database is created, so each is a statement of its own.
    await session.query(`CREATE DATABASE ${identifier(NAME)}`);
    await session.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${identifier(NAME)} FROM PUBLIC`);
    await session.query(mark);
  } else if (found !== MARK)
    throw new Error(
      `the database ${NAME} exists and is not of this environment: its comment is ${found === '' ? 'empty' : JSON.stringify(found)}. Set databaseName to another name, or give it to this environment as its owner: ${mark}`,
    );
  session.socket.end();
}

async function setUpRoles() {
  await setUpDatabase();
  if (own.TABLES === undefined) return;
  const { NAME, OWNER, OWNER_PASSWORD, TABLES, TABLES_PASSWORD, ROWS, ROWS_PASSWORD } = own;
  const owner = await connect(OWNER, OWNER_PASSWORD);
  const [tables, database] = [identifier(TABLES), identifier(NAME)];
  // Two releases at once would both find the role missing.
  await owner.query('SELECT pg_advisory_lock(7236489123)');
  await role(owner, TABLES, TABLES_PASSWORD);
  await owner.query(`GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO ${tables};
    GRANT USAGE, CREATE ON SCHEMA public TO ${tables}; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
  if (ROWS !== undefined) {
    await role(owner, ROWS, ROWS_PASSWORD);
    await owner.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${identifier(ROWS)};
      GRANT USAGE ON SCHEMA public TO ${identifier(ROWS)}`);
  }
  owner.socket.end();
  if (ROWS === undefined) return;
  // Only who owns tables may say who else gets those to come.
  const rows = identifier(ROWS);
  const session = await connect(TABLES, TABLES_PASSWORD);
  await session.query(`ALTER DEFAULT PRIVILEGES GRANT ${rights} ON TABLES TO ${rows};
    ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO ${rows};
    ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ${rows};
    ${grantExisting(ROWS)}`);
  session.socket.end();
}

/** What is there already, from when there was one role; tables of others, such as those of extensions, are not ours to grant. */
function grantExisting(name) {
  return `DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT oid::regclass AS name, relkind FROM pg_class
      WHERE relowner = CURRENT_USER::regrole AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relnamespace::regnamespace::text !~ '^pg_'
    LOOP
      IF found.relkind = 'S' THEN EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO %I', found.name, ${literal(name)});
      ELSE EXECUTE format('GRANT ${rights} ON TABLE %s TO %I', found.name, ${literal(name)}); END IF;
    END LOOP; END $$`;
}

/** Without a password it logs in with tokens of IAM. */
async function role(session, name, password) {
  const [found] = await session.query(`SELECT 1 FROM pg_roles WHERE rolname = ${literal(name)}`);
  const login = password === undefined ? 'LOGIN' : `LOGIN PASSWORD ${literal(verifier(password))}`;
  await session.query(`${found === undefined ? 'CREATE' : 'ALTER'} ROLE ${identifier(name)} ${login}`);
  if (password === undefined) await session.query(`GRANT rds_iam TO ${identifier(name)}`);
}

/** What Postgres itself would store: the password would be in its log, where that has statements. */
function verifier(password) {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, 4096, 32, 'sha256');
  const hmac = (text) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$4096:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}

function release([program, ...parameters]) {
  if (program === undefined) return;
  const child = spawn(program, parameters, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    say('fatal', `The release command cannot start: ${error.message}`);
    process.exit(127);
  });
  child.on('exit', (code) => process.exit(code === null ? 1 : code));
}

setUpRoles().then(
  () => {
    say('info', 'The database roles of the app are set up');
    release(process.argv.slice(1));
  },
  (error) => {
    say('fatal', `The database roles of the app cannot be set up: ${error.message}`);
    process.exit(1);
  },
);
