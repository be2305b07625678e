import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const { VALKEY_HOST: host, VALKEY_PORT: port, VALKEY_USER: user, VALKEY_PASSWORD: password, VALKEY_CA: ca } = process.env;

/** First lines of the answers to a few commands, or why there are none. */
function ask(open, commands) {
  return new Promise((resolve) => {
    const socket = open();
    let text = '';
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(text === '' ? 'no answer' : text));
    socket.on('error', ({ code }) => end(code));
    socket.on('close', () => end(text === '' ? 'closed' : text));
    socket.on('data', (data) => {
      text += data;
    });
    socket.write(`${[...commands, 'QUIT'].join('\r\n')}\r\n`);
  });
}

const byTls = (options) => () => connectTls({ host, port: Number(port), servername: host, ...options });

/** What different callers get to hear. */
export async function askValkey() {
  const login = `AUTH ${user} ${password}`;
  return {
    trusted: await ask(byTls({ ca }), [login, 'PING', 'CONFIG GET maxmemory-policy']),
    withoutPassword: await ask(byTls({ ca }), ['PING']),
    withoutAuthority: await ask(byTls({}), [login, 'PING']),
    withoutTls: await ask(() => connect({ host, port: Number(port) }), ['PING']),
  };
}
