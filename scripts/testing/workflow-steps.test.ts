import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../messages/exit-code.ts';

const root = resolve(import.meta.dirname, '../..');

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Defaults {
  readonly defaults?: { readonly run?: { readonly shell?: string } };
}

interface Job extends Defaults {
  readonly 'timeout-minutes'?: string | number;
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

interface Workflow extends Defaults {
  readonly jobs: Readonly<Record<string, Job>>;
}

interface ShellStep {
  readonly title: string;
  readonly text: string;
  readonly shell: string | undefined;
}

const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'));
const workflows: readonly (readonly [string, Workflow])[] = readdirSync(join(root, '.github/workflows')).map((name) => [
  name,
  read(`.github/workflows/${name}`),
]);
const actions: readonly string[] = readdirSync(join(root, '.github/actions'));

/** Every step that runs shell text, with the shell that GitHub would run it in. */
const shellSteps: readonly ShellStep[] = [
  ...workflows.flatMap(([file, { defaults, jobs }]) =>
    Object.entries(jobs).flatMap(([job, { defaults: own, steps = [] }]) =>
      steps.flatMap(({ run, shell }) => {
        if (run === undefined) return [];
        const title = `${file} ${job}: ${run.split('\n')[0]}`;
        return [{ title, text: run, shell: shell ?? own?.run?.shell ?? defaults?.run?.shell }];
      }),
    ),
  ),
  ...actions.flatMap((action) => {
    const { runs }: { runs: { steps: readonly Step[] } } = read(`.github/actions/${action}/action.yml`);
    return runs.steps.flatMap(({ run, shell }) =>
      run === undefined ? [] : [{ title: `${action}: ${run.split('\n')[0]}`, text: run, shell }],
    );
  }),
];

interface Machine {
  readonly directory: string;
  /** What the step wrote for later steps and for people. */
  readonly file: (name: 'output' | 'summary') => string;
  /** Runs shell text as GitHub does. */
  readonly run: (
    step: ShellStep,
    variables?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly exitCode: number | undefined; readonly said: string }>;
}

/** A runner whose `npm` says what it was called with on both streams, and ends with the code given. */
function machineWith({ exitCode, prints = '' }: { readonly exitCode: number; readonly prints?: string }): Machine {
  const directory = mkdtempSync(join(tmpdir(), 'workflow-'));
  const npm = join(directory, 'npm');
  writeFileSync(
    npm,
    `#!/bin/bash\nprintf 'npm'; printf ' <%s>' "$@"; echo\necho 'on stderr' >&2\n${prints}\nexit ${exitCode}\n`,
  );
  chmodSync(npm, 0o755);
  const files = { output: join(directory, 'output'), summary: join(directory, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  return {
    directory,
    file: (name) => readFileSync(files[name], 'utf8'),
    async run({ text, shell }, variables = {}) {
      const script = join(directory, 'step.sh');
      writeFileSync(script, text);
      // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
      const flags = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
      const { exitCode, all } = await execa('bash', [...flags, script], {
        cwd: directory,
        reject: false,
        all: true,
        env: {
          PATH: `${directory}:${process.env['PATH']}`,
          GITHUB_OUTPUT: files.output,
          GITHUB_STEP_SUMMARY: files.summary,
          ...variables,
        },
      });
      return { exitCode, said: all };
    },
  };
}

function stepOf(part: string): ShellStep {
  const found = shellSteps.filter(({ title, text }) => title.startsWith(part) || text.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} steps are like ${part}`);
  return found[0]!;
}

const stack = shellSteps.filter(({ text }) => text.includes('npm run --silent stack'));
/** The command has to fail there: promises are broken on purpose. */
const sabotage = stepOf('drill --all --sabotage');
const failures = [exitCodes.failed, exitCodes.usage, exitCodes.refused, exitCodes.interrupted];

describe('the shell of a step', () => {
  it.each(shellSteps)('$title ends with the first command that fails, in a pipe too', ({ shell }) => {
    expect(shell).toBe('bash');
  });

  it.each(shellSteps)('$title gets values as variables, never as text of its own', ({ text }) => {
    expect(text).not.toContain('${{');
  });

  it.each(
    stack.flatMap((step) =>
      failures
        .filter((exitCode) => step !== sabotage || exitCode !== exitCodes.failed)
        .map((exitCode) => [step.title, exitCode, step] as const),
    ),
  )('%s fails with %i when the command does', async (_, exitCode, step) => {
    expect((await machineWith({ exitCode }).run(step)).exitCode).toBe(exitCode);
  });

  it.each(stack.filter(({ text }) => !/> (history|environments|sabotaged)\.json/.test(text)))(
    '$title passes when the command does',
    async (step) => {
      expect((await machineWith({ exitCode: 0 }).run(step)).exitCode).toBe(0);
    },
  );
});

describe('promote.yml', () => {
  const plan = stepOf('promote "$STACK" --dry-run');

  it('shows the whole proposal in the summary, also of a promotion that is refused', async () => {
    const machine = machineWith({ exitCode: exitCodes.refused });
    await machine.run(plan, { STACK: 'live' });
    expect(machine.file('summary').split('\n')).toEqual([
      '```',
      'npm <run> <--silent> <stack> <--> <promote> <live> <--dry-run> <--target> <aws>',
      'on stderr',
      '```',
      '',
    ]);
  });

  it.each([plan, stepOf('promote "$STACK" --yes')])('passes what was accepted on as single arguments', async (step) => {
    const { said } = await machineWith({ exitCode: 0 }).run(step, {
      ACCEPT_CONTRACT: '1-drop 2-drop',
      ACCEPT_ROLLED_BACK: 'the provider "is" back; $(touch x)',
      ALLOW_DIRTY: '--yes',
      ONE_WAY: 'nobody reads it',
    });
    expect(said).toContain(
      '<--accept-rolled-back=the provider "is" back; $(touch x)> <--allow-dirty=--yes> <--one-way=nobody reads it> <--accept-contract=1-drop> <--accept-contract=2-drop> <--target> <aws>',
    );
  });
});

describe('drills.yml', () => {
  const sabotaged = (...outcomes: readonly string[]) => {
    const results = outcomes.map((outcome, index) => ({ name: `drill-${index}`, outcome }));
    return machineWith({ exitCode: exitCodes.failed, prints: `echo '${JSON.stringify({ results })}'` });
  };

  it('passes where each sabotage was noticed', async () => {
    expect(await sabotaged('broken', 'not run').run(sabotage)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [['broken', 'kept'], 'drill-1: kept'],
    [['failed', 'broken'], 'drill-0: failed'],
    [['not run'], '0 sabotaged'],
    [[], '0 sabotaged'],
  ])('fails where the outcomes are %j', async (outcomes, said) => {
    const step = await sabotaged(...outcomes).run(sabotage);
    expect(step.exitCode).not.toBe(0);
    expect(step.said).toContain(said);
  });
});

describe('the evidence of a release', () => {
  const { runs }: { runs: { steps: readonly Step[] } } = read('.github/actions/evidence/action.yml');
  const [notice, sign, keep] = runs.steps;

  it('is signed of what runs, and shown', async () => {
    const machine = machineWith({
      exitCode: 0,
      prints: 'for argument; do [ "$argument" != evidence.json ] || echo signed > evidence.json; done',
    });
    writeFileSync(join(machine.directory, 'evidence.json'), 'of an earlier attempt');
    await machine.run(stepOf('-- evidence "$ENVIRONMENT"'), { ENVIRONMENT: 'live' });
    expect(machine.file('summary').split('\n')).toEqual([
      '```',
      'npm <run> <--silent> <stack> <--> <evidence> <live> <--output> <evidence.json> <--target> <aws>',
      '```',
      '',
    ]);
    expect(readFileSync(join(machine.directory, 'evidence.json'), 'utf8')).toBe('signed\n');
  });

  it('is kept where it was signed, and fails the run where it was not', () => {
    expect([sign?.if, keep?.if]).toEqual(["inputs.signing-key != ''", "inputs.signing-key != ''"]);
    expect(keep).toMatchObject({
      uses: expect.stringMatching(/^actions\/upload-artifact@/),
      with: { path: 'evidence.json', 'if-no-files-found': 'error' },
    });
  });

  it('is missed aloud where there is no key', async () => {
    expect(notice?.if).toBe("inputs.signing-key == ''");
    const { said } = await machineWith({ exitCode: 0 }).run(stepOf('evidence: echo'), { ENVIRONMENT: 'live' });
    expect(said).toContain(
      '::notice title=No evidence::Set the secret STACK_SIGNING_KEY on the GitHub environment live,',
    );
  });

  it.each([
    ['promote.yml', 'promote', 'promote "$STACK" --yes'],
    ['deploy.yml', 'up', '-- up "$STACK"'],
  ])(
    'is asked for by %s after the release, with the key of that environment and the right to read approvals',
    (file, name, release) => {
      const job = workflows.find(([one]) => one === file)?.[1].jobs[name];
      const steps = job?.steps ?? [];
      const at = steps.findIndex(({ uses }) => uses === './.github/actions/evidence');
      expect(at).toBeGreaterThan(steps.findIndex(({ run }) => run?.includes(release)));
      expect(steps[at]).toMatchObject({ with: { 'signing-key': '${{ secrets.STACK_SIGNING_KEY }}' } });
      // Not after a release that failed.
      expect(steps[at]?.if ?? '').not.toContain('always()');
      expect(job?.permissions).toMatchObject({ actions: 'read' });
    },
  );
});

describe('rollback.yml', () => {
  it('passes on what was filled in, and nothing for what was not', async () => {
    const step = stepOf('-- rollback "$STACK"');
    const machine = machineWith({ exitCode: 0 });
    expect((await machine.run(step, { STACK: 'prod' })).said).toContain('<rollback> <prod> <--yes> <--target> <aws>');
    const filled = {
      STACK: 'prod',
      VERSION: '1.0.0',
      REASON: 'it fails',
      WHOLE: '--stack',
      EVEN_FROZEN: '--even-frozen',
    };
    expect((await machine.run(step, filled)).said).toContain(
      '<rollback> <prod> <--to=1.0.0> <--reason=it fails> <--stack> <--even-frozen> <--yes> <--target> <aws>',
    );
  });
});

describe('drift.yml', () => {
  const step = stepOf('-- drift "$STACK"');
  const variables = { STACK: 'prod' };

  it('says that drift was found, and fails', async () => {
    const machine = machineWith({ exitCode: exitCodes.found });
    expect(await machine.run(step, variables)).toMatchObject({ exitCode: exitCodes.found });
    expect(machine.file('output')).toBe('found=true\n');
    expect(readFileSync(join(machine.directory, 'drift.txt'), 'utf8')).toContain('on stderr');
  });

  it.each(failures)('does not take the exit code %i for drift: no issue is opened', async (exitCode) => {
    const machine = machineWith({ exitCode });
    expect((await machine.run(step, variables)).exitCode).toBe(exitCode);
    expect(machine.file('output')).toBe('');
  });

  it('skips an environment on which nothing runs yet', async () => {
    const machine = machineWith({
      exitCode: exitCodes.refused,
      prints: "echo '✗ Nothing runs on prod. [NOTHING_RUNS]' >&2",
    });
    expect(await machine.run(step, variables)).toMatchObject({
      exitCode: 0,
      said: expect.stringContaining('::notice title=Skipped::Nothing runs on prod yet'),
    });
  });

  it('opens its issue only where drift was found', () => {
    const { jobs } = read('.github/workflows/drift.yml') as Workflow;
    const issue = jobs['drift']?.steps?.find(({ uses }) => uses?.startsWith('actions/github-script@'));
    expect(issue?.if).toBe("failure() && steps.drift.outputs.found == 'true'");
  });
});

describe('deploy.yml', () => {
  const step = stepOf('history.json');
  const frozenBy = (json: string) => machineWith({ exitCode: 0, prints: `exec > history.json\necho '${json}'` });

  it('does not deploy to a frozen environment, and says why in one line', async () => {
    const machine = frozenBy('{"frozen":{"reason":"release week\\n::error::x"}}');
    const { exitCode, said } = await machine.run(step, { STACK: 'dev' });
    expect(exitCode).toBe(0);
    expect(said.split('\n')).toContain('::notice title=dev is frozen::Not deployed: release week::error::x');
    expect(machine.file('output')).toBe('frozen=true\n');
  });

  it('deploys where there is no freeze', async () => {
    const machine = frozenBy('{"rows":[]}');
    expect(await machine.run(step)).toMatchObject({ exitCode: 0, said: 'on stderr' });
    expect(machine.file('output')).toBe('frozen=\n');
  });

  it('does not deploy where it cannot be told whether it is frozen', async () => {
    expect((await frozenBy('no JSON').run(step)).exitCode).not.toBe(0);
  });
});

describe('pull-request.yml', () => {
  const { jobs } = read('.github/workflows/pull-request.yml') as Workflow;

  it('makes an environment of the number, from the source, for some days', async () => {
    const machine = machineWith({ exitCode: 0 });
    await machine.run(stepOf('-- up "$STACK" --from'), { STACK: 'pr-7', SOURCE: 'dev', EXPIRES: '3d' });
    expect(readFileSync(join(machine.directory, 'environment.json'), 'utf8')).toContain(
      '<up> <pr-7> <--from> <dev> <--expires> <3d> <--target> <aws> <--json>',
    );
  });

  it('removes it when the pull request is closed, by code of the default branch', async () => {
    const { said } = await machineWith({ exitCode: 0 }).run(stepOf('-- down "$STACK"'), {
      STACK: 'pr-7',
      SOURCE: 'dev',
    });
    expect(said).toContain('<down> <pr-7> <--from> <dev> <--target> <aws> <--yes>');
    const checkout = jobs['down']?.steps?.find(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkout?.with?.['ref']).toBe('${{ github.event.repository.default_branch }}');
  });

  it('gives a fork nothing: all jobs need the one that is for this repository', () => {
    expect(jobs['chain']?.if).toBe('github.event.pull_request.head.repo.full_name == github.repository');
    for (const name of ['up', 'down'])
      expect(jobs[name]).toMatchObject({ needs: 'chain', environment: 'pull-requests' });
    expect(readFileSync(join(root, '.github/workflows/pull-request.yml'), 'utf8')).not.toContain('pull_request_target');
  });
});

describe('prune.yml', () => {
  const step = stepOf('-- prune');

  it('names the source only where there is one, and shows what became of each', async () => {
    const machine = machineWith({ exitCode: 0 });
    await machine.run(step, { SOURCE: '' });
    await machine.run(step, { SOURCE: 'dev' });
    const calls = machine
      .file('summary')
      .split('\n')
      .filter((line) => line.startsWith('npm'));
    expect(calls.map((line) => line.replace('npm <run> <--silent> <stack> <--> ', ''))).toEqual([
      '<prune> <--target> <aws> <--yes>',
      '<prune> <--from> <dev> <--target> <aws> <--yes>',
    ]);
  });
});

describe('the chain of promotion', () => {
  const step = stepOf('chain: npm run');
  const read = (json: string) => machineWith({ exitCode: 0, prints: `exec > environments.json\necho '${json}'` });
  const environments = '[{"name":"dev","expires":null},{"name":"pr-1","expires":"2026-01-01T00:00:00Z"}]';

  it('tells where it begins, and which environments last', async () => {
    const machine = read(`{"first":"dev","environments":${environments}}`);
    expect(await machine.run(step)).toMatchObject({ exitCode: 0 });
    expect(machine.file('output')).toBe('first=dev\nlasting=["dev"]\n');
  });

  it('names no first environment where the stack files leave a choice, and says so', async () => {
    const machine = read(`{"first":null,"environments":${environments}}`);
    expect((await machine.run(step)).said).toContain('::notice title=No first environment::');
    expect(machine.file('output')).toContain('first=\n');
  });

  it('is not guessed where the stack files cannot be read', async () => {
    expect((await read('no JSON').run(step)).exitCode).not.toBe(0);
  });
});

describe('a fork without an AWS account', () => {
  const step = stepOf('account: missing=()');
  const set = { ENVIRONMENT: 'staging', ROLE: 'arn', REGION: 'eu-central-1', BACKEND: 's3://state' };

  it.each([
    [
      'has none of the variables',
      { ROLE: '', REGION: '', BACKEND: '' },
      0,
      'ready=false\n',
      '::notice title=Skipped::',
    ],
    ['has all of them', {}, 0, 'ready=true\n', ''],
    ['lacks one', { BACKEND: '' }, 1, '', 'lacks the variables PULUMI_BACKEND_URL.'],
  ])('%s', async (_, variables, exitCode, output, said) => {
    const machine = machineWith({ exitCode: 0 });
    const ended = await machine.run(step, { ...set, ...variables });
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.said).toContain(said);
    expect(machine.file('output')).toBe(output);
  });

  const withAccount = workflows.flatMap(([file, { jobs }]) =>
    Object.entries(jobs).flatMap(([name, job]) => {
      const needsAccount = (job.steps ?? []).some((one) => one.with?.['role'] !== undefined);
      return needsAccount ? [[`${file} ${name}`, job] as const] : [];
    }),
  );

  it.each(withAccount)('%s skips every step that needs one', (_, job) => {
    if (job.if === "needs.plan.outputs.ready == 'true'") return;
    const steps = job.steps ?? [];
    const after = steps.slice(steps.findIndex(({ id }) => id === 'account') + 1);
    expect(after.length).toBeLessThan(steps.length - 1);
    for (const one of after) expect(one.if).toMatch(/steps\.(account\.outputs\.ready|drift\.outputs\.found) == 'true'/);
  });

  it.each(withAccount)('%s has credentials for as long as it may run', (_, job) => {
    const minutes = job.steps?.find(({ uses }) => uses === './.github/actions/setup')?.with?.['minutes'] ?? '';
    const timeout = `${job['timeout-minutes']}`.replace('fromJSON(', '').replace(') }}', ' }}');
    expect(minutes).toBe(timeout);
  });
});

describe('an image for another architecture than the runner’s', () => {
  const step = stepOf('setup: wanted=X64');

  it.each([
    ['nest-fargate:cpuArchitecture: ARM64', 'X64', 'arm64'],
    ['nest-fargate:cpuArchitecture: "ARM64"', 'X64', 'arm64'],
    ['nest-fargate:cpuArchitecture: ARM64', 'ARM64', ''],
    ['# nest-fargate:cpuArchitecture: ARM64', 'X64', ''],
    ['nest-fargate:natGateways: single', 'X64', ''],
    ['nest-fargate:natGateways: single', 'ARM64', 'amd64'],
  ])('%s on %s is emulated by %j', async (setting, runner, platform) => {
    const machine = machineWith({ exitCode: 0 });
    writeFileSync(join(machine.directory, 'Pulumi.staging.yaml'), `config:\n  ${setting}\n`);
    await machine.run(step, { ENVIRONMENT: 'staging', RUNNER_ARCH: runner });
    expect(machine.file('output')).toBe(`platform=${platform}\n`);
  });

  it.each(['deploy.yml up', 'checks.yml preview'])('is set up by %s, which builds', (title) => {
    const [file = '', name = ''] = title.split(' ');
    const job = workflows.find(([one]) => one === file)?.[1].jobs[name];
    const setup = job?.steps?.find(({ uses }) => uses === './.github/actions/setup');
    expect(setup?.with?.['builds']).toBe('${{ needs.chain.outputs.first }}');
  });
});
