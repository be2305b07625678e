import { behaviour } from './behaviour.js';

console.log(`migrating to ${process.env.RELEASE_VERSION}`);
if (behaviour.migrationFails) {
  console.error('relation "todos" is not what this migration expects');
  process.exit(4);
}
