import { get } from 'node:http';
import { loadPort } from './env/env.ts';

/** Shorter than any sensible check interval: a check that is still running when the next one starts helps nobody. */
const timeoutMs = 2_000;

const path = process.argv[2] ?? '/health';

const request = get({ host: '127.0.0.1', port: loadPort(), path, timeout: timeoutMs }, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
  process.stdout.write(`${path} ${response.statusCode}\n`);
});
request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
request.on('error', (error) => {
  process.stdout.write(`${path} ${error.message}\n`);
  process.exitCode = 1;
});
