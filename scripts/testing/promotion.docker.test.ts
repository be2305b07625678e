import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { docker, taskContainers } from './containers.ts';
import { blockOf } from './documented-commands.ts';
import { type DocumentedRun, documentedRuns } from './documented-runs.ts';
import { answeringVersion, errorOf, migrationOf, type RunningRelease, releaseOf } from './expectations.ts';
import { apiAlone } from './quick-settings.ts';

/** Releases on two environments of one machine, through the CLI only. The tests build on each other in order. */
const instance = `t${process.pid}-promotion`;

describe('promotion and rollback on this machine', () => {
  let checkout: Checkout;
  let staging = '';
  let prod = '';
  let first: RunningRelease;
  let second: RunningRelease;

  const bump = (to: string) =>
    checkout.edit('app/package.json', (text) => text.replace(/"version": "[^"]+"/, `"version": "${to}"`));
  const digestsOf = async (environment: string) => {
    const containers = await taskContainers(instance, environment, 'api');
    return new Set(await Promise.all(containers.map((id) => docker('inspect', '--format', '{{.Image}}', id))));
  };

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    for (const environment of ['staging', 'prod']) await checkout.configure(environment, apiAlone);
    await checkout.commit('One task');
    const up = await checkout.stack('up', 'staging');
    first = releaseOf(up);
    staging = `${up.json['url']}`;
  });
  afterAll(async () => {
    await checkout.stack('down', 'prod');
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('promotes the digest that was verified on staging', async () => {
    const promoted = await checkout.stack('promote', '--yes');
    expect(releaseOf(promoted)).toMatchObject({ version: first.version, image: first.image });
    prod = `${promoted.json['url']}`;
    expect(await answeringVersion(prod)).toBe(first.version);
    expect(await digestsOf('prod')).toEqual(await digestsOf('staging'));
  });

  it('refuses to promote what already runs', async () => {
    expect(errorOf(await checkout.stack('promote', '--yes')).code).toBe('ALREADY_RUNNING');
  });

  it('changes nothing without an approval', async () => {
    await bump('0.2.0');
    await checkout.write(
      'app/migrations/20261121T1000-add-note.expand.ts',
      migrationOf('ALTER TABLE todos ADD COLUMN note text'),
    );
    await checkout.commit('Add a note');
    second = releaseOf(await checkout.stack('up', 'staging'));
    expect(errorOf(await checkout.stack('promote')).code).toMatch(/APPROV/);
    expect(await answeringVersion(prod)).toBe(first.version);
  });

  it('rolls prod back over an expand migration, to the same digest', async () => {
    const before = await digestsOf('prod');
    expect(releaseOf(await checkout.stack('promote', '--yes')).version).toBe(second.version);
    expect(await answeringVersion(prod)).toBe(second.version);
    const rolledBack = releaseOf(await checkout.stack('rollback', 'prod', '--reason', 'it was slower', '--yes'));
    expect(rolledBack.version).toBe(first.version);
    expect(await answeringVersion(prod)).toBe(first.version);
    expect(await answeringVersion(staging)).toBe(second.version);
    await expect.poll(() => digestsOf('prod'), { timeout: 90_000 }).toEqual(before);
  });

  it('two promotions at once: one wins, the other says who holds the lock', async () => {
    expect(errorOf(await checkout.stack('promote', '--yes'))).toMatchObject({ code: 'RELEASE_HELD' });
    const promote = () => checkout.start('promote', '--yes', '--accept-rolled-back', 'rolled back to try it out');
    const both = await Promise.all([promote().finished, promote().finished]);
    const [lost, ...others] = both.filter(({ exitCode }) => exitCode !== 0);
    expect(others).toEqual([]);
    expect(lost?.json?.['error']).toMatchObject({
      code: 'ENVIRONMENT_LOCKED',
      message: expect.stringContaining('promote'),
    });
    expect(await answeringVersion(prod)).toBe(second.version);
  });

  // Here, because prod has an earlier release and runs what staging has.
  const documented = documentedRuns('prod');
  const linesOf = (runs: readonly DocumentedRun[]) => runs.map((run) => [run.args.join(' '), run] as const);
  const endsAsDocumented = async (_line: string, { args, exitCode, code }: DocumentedRun) => {
    // The environments of these tests are younger than those of the reader.
    const at = new Date(Date.now() - 5000).toISOString();
    const times = ['2026-12-24T11:55:00Z', '10m'];
    const ended = await checkout.plain(...args.map((word) => (times.includes(word) ? at : word)));
    expect(ended, ended.talk).toMatchObject({ exitCode });
    if (code === undefined) expect(`${ended.output}${ended.talk}`).not.toBe('');
    else expect(ended.talk).toContain(`[${code}]`);
  };
  it.each(linesOf(documented.runs))('documented: stack %s ends as it says', endsAsDocumented);

  it.each(documented.sessions.map((session) => [session.args.join(' '), session] as const))(
    'documented: stack %s stays open until Ctrl-C',
    async (_line, { args, says }) => {
      const session = checkout.open(...args);
      await session.says(says);
      session.kill('SIGINT');
      const { exitCode, talk } = await session.finished;
      expect([0, 130], talk).toContain(exitCode);
    },
  );

  const inShell = (block: string) =>
    execa('bash', ['-euo', 'pipefail', '-c', block], {
      cwd: checkout.directory,
      env: { STACK_INSTANCE: instance, NO_COLOR: '1' },
      all: true,
    });

  it.each(['npm run docs:alarms', 'npm run docs:drawings', 'npm run docs:llms', 'npm run docs:settings'])(
    'documented: %s leaves the pages as they are',
    async (command) => {
      await inShell(command);
      expect((await inShell('git diff --stat')).stdout).toBe('');
    },
  );

  it('documented: the requests of the README make an account and a todo', async () => {
    const block = blockOf('README.md', 'api=').replace('http://127.0.0.1:8080', staging);
    const answers = (await inShell(block)).stdout;
    expect(answers).toMatch(/^\{"accessToken":"/);
    expect(answers.match(/"title":"Try the stack"/g)).toHaveLength(2);
  });

  it('documented: evidence is signed and verified with the keys that openssl made', async () => {
    const here = (text: string) =>
      text.replaceAll(' --target aws', '').replaceAll('0.1.0-9c48f4fc16b5', second.version);
    await inShell(here(blockOf('docs/evidence.md', 'openssl genpkey')));
    const verified = await inShell(here(blockOf('docs/evidence.md', 'npm run stack -- evidence --verify')));
    expect(verified.all).toContain(second.version);
    await inShell('rm evidence*');
  });

  it.each(linesOf(documented.changes))('documented: stack %s does what it says', endsAsDocumented);

  it('asks for a contract migration by name, and then refuses to roll back over it', async () => {
    await bump('0.3.0');
    const name = '20261121T1100-drop-note';
    await checkout.write(`app/migrations/${name}.contract.ts`, migrationOf('ALTER TABLE todos DROP COLUMN note'));
    await checkout.commit('Drop the note');
    expect(errorOf(await checkout.stack('up', 'staging'))).toMatchObject({ code: 'ONE_WAY' });
    const third = releaseOf(await checkout.stack('up', 'staging', '--one-way', 'nobody reads the note'));
    const refused = errorOf(await checkout.stack('promote', '--yes'));
    expect(refused).toMatchObject({ code: 'CONTRACT_NOT_ACCEPTED', message: expect.stringContaining(name) });
    expect(await answeringVersion(prod)).toBe(second.version);
    const accepted = await checkout.stack(
      'promote',
      '--yes',
      '--accept-contract',
      name,
      '--one-way',
      'nobody reads it',
    );
    expect(releaseOf(accepted).version).toBe(third.version);
    const noWayBack = errorOf(await checkout.stack('rollback', 'prod', '--yes'));
    expect(noWayBack.message).toContain(name);
    expect(await answeringVersion(prod)).toBe(third.version);
  });

  it('takes back a release that is ready but fails its verification on prod, and says so', async () => {
    const before = await answeringVersion(prod);
    await bump('0.4.0');
    await checkout.edit('app/src/todos/todos.service.ts', (text) =>
      text.replace(
        /(create\([^)]*\)[^{]*\{)/,
        "$1\n    if (process.env['ENVIRONMENT'] === 'prod') throw new Error('no todo on prod');",
      ),
    );
    await checkout.commit('Fail on prod');
    const fourth = releaseOf(await checkout.stack('up', 'staging'));
    const failure = errorOf(await checkout.stack('promote', '--yes'));
    expect(failure.message).toContain(fourth.version);
    expect(await answeringVersion(prod)).toBe(before);
    const { json } = await checkout.stack('history', 'prod');
    expect(JSON.stringify(json)).toMatch(/"outcome":"rolled-back"/);
  });

  it('refuses to roll back to what was never there', async () => {
    const { code } = errorOf(await checkout.stack('rollback', 'prod', '--to', '9.9.9', '--yes'));
    expect(code).toBe('RELEASE_UNKNOWN');
  });

  it.each(linesOf(documented.removals))('documented: stack %s leaves nothing', async (line, run) => {
    await endsAsDocumented(line, run);
    const { json } = await checkout.stack('down', line.split(' ')[1] ?? '', '--dry-run');
    expect(json).toMatchObject({ environments: line.includes('--all') ? [] : [{ contents: [] }] });
  });
});
