import { EnvironmentError } from '../env/values.ts';

/** The environment, or the end of the process with one message that lists all that is wrong with it. */
export function loadOrExit<Env>(load: () => Env): Env {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
