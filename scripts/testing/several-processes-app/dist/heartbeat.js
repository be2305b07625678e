import { log } from './log.js';

log('heartbeat');
