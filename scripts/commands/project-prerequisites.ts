import { userErrorOf } from '../messages/known-error.ts';
import { UserError } from '../messages/user-error.ts';
import { readEnvironment } from '../program/settings.ts';
import { loadSmokeTest } from '../release/smoke.ts';
import type { Prerequisite } from '../release/target.ts';
import { smokeTestPath } from './settings.ts';

/** The first Node.js that strips types: https://nodejs.org/api/typescript.html#type-stripping */
const oldestNode = [22, 18] as const;

/** What the project itself must provide, on any target. */
export function projectPrerequisites(projectDirectory: string, environment: string): readonly Prerequisite[] {
  return [
    { name: `Node.js ≥ ${oldestNode.join('.')}`, check: async () => ({ value: assertNode(process.versions.node) }) },
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
        const path = smokeTestPath(projectDirectory, environment);
        await loadSmokeTest(projectDirectory, path);
        return { value: path };
      },
    },
  ];
}

/** @returns the version, where it is new enough */
export function assertNode(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return version;
  throw new UserError({
    code: 'NODE_TOO_OLD',
    message: `Node.js ${version} is too old: ${oldestNode.join('.')} is the minimum.`,
    remedy: 'Run it through npm (`npm run stack -- doctor`): the project has its own Node.js.',
  });
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
