import { log } from './log.js';

log(`imported ${process.argv[2] ?? 'everything'}`);
