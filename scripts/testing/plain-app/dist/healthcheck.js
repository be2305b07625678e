import { get } from 'node:http';

const path = process.argv[2] ?? '/health';
get({ host: '127.0.0.1', port: process.env.PORT, path }, (response) => {
  response.resume();
  console.log(`${path} ${response.statusCode}`);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
}).on('error', (error) => {
  console.log(`${path} ${error.message}`);
  process.exitCode = 1;
});
