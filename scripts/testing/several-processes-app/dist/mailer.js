import { log } from './log.js';

log(`taking ${process.env.JOBS} jobs at a time`);
const working = setInterval(() => {}, 1000);
process.on('SIGTERM', () => {
  log('stopping');
  clearInterval(working);
});
