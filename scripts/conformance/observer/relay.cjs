// In a container on the environment's network: a connection begins with a line `address port`, and leads there after the
// answer `ok`. So what runs on this machine reaches tasks, whose addresses it cannot reach.
const net = require('node:net');

net
  .createServer((client) => {
    let head = Buffer.alloc(0);
    const read = (data) => {
      head = Buffer.concat([head, data]);
      const end = head.indexOf(10);
      if (end < 0) return;
      client.off('data', read);
      client.pause();
      const [host, port] = head.subarray(0, end).toString().split(' ');
      const target = net.connect({ host, port: Number(port) });
      let connected = false;
      target.on('connect', () => {
        connected = true;
        client.write('ok\n');
        target.write(head.subarray(end + 1));
        client.pipe(target).pipe(client);
      });
      target.on('error', ({ code }) => (connected ? client.destroy() : client.end(`${code}\n`)));
      client.on('close', () => target.destroy());
    };
    client.on('data', read);
    client.on('error', () => client.destroy());
  })
  .listen(7000, () => console.log('listening'));
