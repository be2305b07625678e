import { describe, expect, it } from 'vitest';
import { register } from './support/client.ts';
import { createDatabase, RunningApp } from './support/running-app.ts';
import { explore, reasonWithoutSchemathesis } from './support/schemathesis.ts';

const reason = await reasonWithoutSchemathesis();

/** It would end the account that all other requests are made with; its answers are tested with the accounts. */
const excluded = ['UsersController.delete'];

describe.skipIf(reason !== undefined)(
  `the OpenAPI document${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it('is what is served: whatever is sent, there is no 5xx and no answer that it does not describe', async () => {
      const app = await RunningApp.start({ ...(await createDatabase({ migrated: true })), BODY_LIMIT_KIB: '100' });
      const { session } = await register(app);
      const { exitCode, operations, report } = await explore(`${app.url}/openapi.json`, session.accessToken, excluded);
      expect(exitCode, report.slice(-20_000)).toBe(0);
      const { paths } = (await (await fetch(`${app.url}/openapi.json`)).json()) as { paths: Record<string, object> };
      expect(operations).toBe(Object.values(paths).flatMap(Object.keys).length - excluded.length);
      expect(app.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    }, 180_000);
  },
);
