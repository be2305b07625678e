import { describe, expect, it } from 'vitest';
import { variablesOf } from '../infra/manifest/fit.ts';
import { parseManifest } from '../infra/manifest/parse.ts';
import { apiVariableNames, migrateVariableNames, workerVariableNames } from './src/env/env.ts';
import { app } from './stack.app.ts';

/** Set when the image is built. */
const baked = ['RELEASE_VERSION', 'RELEASE_COMMIT'];
/** What nobody wants otherwise than by default. */
const unset = ['WEBHOOK_TARGETS'];

describe('the manifest', () => {
  it('is valid', () => {
    expect(() => parseManifest('app/stack.app.ts', app)).not.toThrow();
  });

  it.each([
    ['api', apiVariableNames()],
    ['worker', workerVariableNames()],
    ['migrate', migrateVariableNames()],
  ] as const)('sets for %s the variables that the app reads, and NODE_OPTIONS', (process, read) => {
    const secrets = process === 'api' ? app.processes.api.secrets : [];
    const set = [...variablesOf(app, process, { variables: {} }).map(([name]) => name), ...secrets];

    expect(set.toSorted()).toEqual(
      [...read, 'NODE_OPTIONS'].filter((name) => ![...baked, ...unset].includes(name)).toSorted(),
    );
  });
});
