// Stands where the database stood, with a certificate of another authority, and says what each client does about it.
const net = require('node:net');
const tls = require('node:tls');

const { env } = process;
const { KEY: key, CERTIFICATE: cert, PORT } = env;
/** Codes of the frontend/backend protocol, version 3: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const [requestsTls, requestsGss] = [80877103, 80877104];
const say = (from, did) => console.log(JSON.stringify({ from: from.replace('::ffff:', ''), did }));

net
  .createServer((socket) => {
    const { remoteAddress: from } = socket;
    socket.on('error', () => socket.destroy());
    const start = (first) => {
      const code = first.length >= 8 ? first.readInt32BE(4) : 0;
      if (code === requestsGss) {
        socket.write('N');
        socket.once('data', start);
        return;
      }
      if (code !== requestsTls) {
        // 22 is a TLS handshake without a request before it, which this server cannot take.
        if (first[0] !== 22) say(from, 'plain');
        socket.destroy();
        return;
      }
      const asked = socket.bytesRead;
      socket.write('S');
      const secured = new tls.TLSSocket(socket, { isServer: true, key, cert });
      let trusted = false;
      secured.once('data', () => {
        trusted = true;
        say(from, 'trusted');
        secured.destroy();
      });
      secured.on('error', () => secured.destroy());
      // Whoever verifies has begun the handshake, seen the certificate, and said nothing more.
      secured.on('close', () => {
        if (!trusted && socket.bytesRead > asked) say(from, 'refused');
      });
    };
    socket.once('data', start);
  })
  .listen(Number(PORT), () => console.log('listening'));
