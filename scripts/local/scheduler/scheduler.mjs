/*
 * EventBridge Scheduler in a container of its own: starts containers that exist, at the times of their cron expressions.
 * Runs in an image that has Node.js and nothing else, so it imports what lies beside it.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { Cron } from './croner.mjs';

const { schedules, socketPath } = JSON.parse(readFileSync(new URL('./schedules.json', import.meta.url), 'utf8'));

function say(fields) {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...fields }));
}

function start({ name, container }) {
  const path = `/containers/${container}/start`;
  const asked = request({ socketPath, path, method: 'POST', headers: { host: 'docker' } }, (response) => {
    response.resume();
    const said = { 204: 'started', 304: 'still running: not started again' }[response.statusCode];
    say({ level: said === undefined ? 'error' : 'info', name, msg: said ?? `not started: ${response.statusCode}` });
  });
  asked.on('error', ({ message }) => say({ level: 'error', name, msg: `not started: ${message}` }));
  asked.end();
}

const jobs = schedules.map(
  (schedule) => new Cron(schedule.cron, { timezone: schedule.timeZone }, () => start(schedule)),
);
say({ level: 'info', msg: 'scheduling', schedules: schedules.map(({ name }) => name) });
process.on('SIGTERM', () => {
  for (const job of jobs) job.stop();
});
