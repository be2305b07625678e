import { shortCommit } from '../messages/commit.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { UserError } from '../messages/user-error.ts';
import { describeProgramCommit, type ProgramCommit } from '../program/identity.ts';
import { readEnvironment } from '../program/settings.ts';
import { describeSource } from '../program/source.ts';
import { loadSmokeTest } from '../release/smoke.ts';
import type { Finding, Prerequisite } from '../release/target.ts';
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
    { name: 'commit of the release', check: async () => releaseFinding(projectDirectory, environment) },
    {
      name: 'commit of the program',
      check: async () => findingOf(await describeProgramCommit(projectDirectory)),
    },
  ];
}

/** What a build would be recorded as, and why not as a commit. */
function releaseFinding(projectDirectory: string, environment: string): Finding {
  try {
    const source = describeSource(projectDirectory, environment);
    if (source === undefined) return { skipped: `${environment} runs what was promoted` };
    const { commit, version, remarks } = source;
    return findingOf({ commit, remark: remarks.join(' ') }, `${version} from `);
  } catch (error) {
    if (userErrorOf(error)?.code !== 'RELEASE_SOURCE_INVALID')
      return { unknown: 'not checked, because the settings are invalid' };
    throw withDetails(error);
  }
}

function findingOf({ commit, remark = '' }: ProgramCommit, before = ''): Finding {
  if (commit === 'unknown') return { unknown: remark };
  return { value: `${before}${shortCommit(commit)}${remark === '' ? '' : `: ${remark}`}` };
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
