import { dirname } from 'node:path';

/** Where Pulumi.yaml, app/ and the lock file are. The program's working directory depends on who starts it. */
export const projectDirectory = dirname(import.meta.dirname);
