import { userErrorOf } from '../messages/known-error.ts';
import { UserError } from '../messages/user-error.ts';
import { readEnvironment } from '../program/settings.ts';
import { loadSmokeTest } from '../release/smoke.ts';
import type { Prerequisite } from '../release/target.ts';
import { smokeTestPath } from './verification.ts';

/** What the project itself must provide, on any target. */
export function projectPrerequisites(projectDirectory: string, environment: string): readonly Prerequisite[] {
  return [
    {
      name: `settings of ${environment} and their contract`,
      check: async () => {
        try {
          const { contract } = readEnvironment(projectDirectory, environment);
          return { value: `${contract.checks.length} rules hold` };
        } catch (error) {
          throw withDetails(error);
        }
      },
    },
    {
      name: "the app's smoke test",
      check: async () => {
        try {
          const path = smokeTestPath(projectDirectory, environment);
          if (path === undefined) return { value: 'none: the app’s manifest names none, so it is not checked' };
          await loadSmokeTest(projectDirectory, path);
          return { value: path };
        } catch (error) {
          throw withDetails(error);
        }
      },
    },
  ];
}

/** A list shows one text per prerequisite, so it must say which settings are wrong. */
function withDetails(error: unknown): unknown {
  const known = userErrorOf(error);
  if (known === undefined) return error;
  const { code, message, remedy, details } = known;
  return new UserError({
    code,
    message: `${message}\n${details ?? ''}`.trimEnd(),
    ...(remedy === undefined ? {} : { remedy }),
  });
}
