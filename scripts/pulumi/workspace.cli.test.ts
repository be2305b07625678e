import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { createFixtureProject, type FixtureProject, killEngine, reasonWithoutCli } from './testing/fixture-project.ts';
import { PulumiWorkspace } from './workspace.ts';

const skipped = await reasonWithoutCli();
const twoMinutes = 120_000;

describe.skipIf(skipped)(`workspace over a real CLI${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let project: FixtureProject;

  beforeEach(async () => {
    project = await createFixtureProject();
    await project.settings('dev', {});
    await project.workspace.create('dev');
  });
  afterEach(() => project.remove());

  test(
    'an update runs, says so in the program’s words, and repeats as a no-op',
    async () => {
      const said: string[] = [];
      const first = await project.workspace.up('dev', { say: (line) => said.push(line), message: 'first' });
      expect(first.outputs).toEqual({ release: 'built' });
      expect(await project.running()).toBe('built');
      // The program continues while a resource is being created, so its own line may come at any time.
      expect(said.filter((line) => !line.startsWith('Pulumi writes to ')).toSorted()).toEqual([
        'created api › dynamic/Resource api',
        'creating api › dynamic/Resource api',
        'the program speaks',
      ]);

      const second = await project.workspace.up('dev');
      expect(second.changes).toEqual([]);
      expect(second.counts).toEqual({ same: 3 });

      const history = await project.workspace.history('dev', 10);
      expect(history.map(({ kind, result, message }) => ({ kind, result, message }))).toEqual([
        { kind: 'update', result: 'succeeded', message: '' },
        { kind: 'update', result: 'succeeded', message: 'first' },
      ]);
    },
    twoMinutes,
  );

  test(
    'a resource can be another one that exists: nothing is replaced, and the next update gives it what the program says',
    async () => {
      const { workspace } = project;
      await workspace.up('dev');
      const type = 'pulumi-nodejs:dynamic:Resource';
      const before = (await workspace.state('dev')).resources.find((resource) => resource.type === type);
      const restored = `${before?.id}-restored`;
      await writeFile(restored, 'as it was');

      await workspace.pointTo('dev', type, restored, { message: 'stack restore' });
      const after = (await workspace.state('dev')).resources.find((resource) => resource.type === type);
      expect({ id: after?.id, release: after?.outputs['release'] }).toEqual({ id: restored, release: 'as it was' });
      expect(await project.running()).toBe('built');

      const { changes } = await workspace.up('dev', { config: { 'fixture:release': '2.0.0' } });
      expect(changes.map(({ op }) => op)).toEqual(['update']);
    },
    twoMinutes,
  );

  test(
    'a pin holds after the operation without being written to the work tree',
    async () => {
      const file = join(project.directory, 'Pulumi.dev.yaml');
      const before = await readFile(file, 'utf8');
      await project.workspace.up('dev', { config: { 'fixture:release': '1.2.0-abc' } });
      expect(await project.running()).toBe('1.2.0-abc');
      expect(await readFile(file, 'utf8')).toBe(before);

      const bare = await project.workspace.up('dev');
      expect(bare.changes).toEqual([]);
      expect(await project.running()).toBe('1.2.0-abc');

      const [latest, pinned] = await project.workspace.history('dev', 2);
      expect(latest?.config).not.toHaveProperty('fixture:release');
      expect(pinned?.config['fixture:release']?.value).toBe('1.2.0-abc');

      await project.workspace.up('dev', { config: { 'fixture:release': '1.1.0-old' } });
      expect(await project.running()).toBe('1.1.0-old');
    },
    twoMinutes,
  );

  test(
    'a rule of the project’s policy pack that is broken ends a preview and an update before anything is changed',
    async () => {
      await project.addPolicy();
      await project.workspace.up('dev', { config: { 'fixture:release': 'allowed' } });
      expect(await project.running()).toBe('allowed');
      const forbidden = { config: { 'fixture:release': 'forbidden' } };
      for (const operation of ['preview', 'up'] as const) {
        const failure = await project.workspace[operation]('dev', forbidden).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).toBeInstanceOf(UserError);
        expect(`${(failure as UserError).message}\n${(failure as UserError).details}`).toContain(
          'policy no-forbidden-release',
        );
      }
      expect(await project.running()).toBe('allowed');
    },
    twoMinutes,
  );

  test(
    'a preview lists what would change and changes nothing',
    async () => {
      await project.workspace.up('dev');
      const changes = await project.workspace.preview('dev', { config: { 'fixture:release': 'next' } });
      expect(changes.map(({ op, subject, properties }) => ({ op, subject, properties }))).toEqual([
        { op: 'update', subject: 'api › dynamic/Resource api', properties: ['release'] },
      ]);
      expect(await project.running()).toBe('built');
    },
    twoMinutes,
  );

  test(
    'a failed update is an error with the provider’s words; outputs stay those of the last that worked',
    async () => {
      await project.workspace.up('dev');
      const failure = await rejection(
        project.workspace.up('dev', { config: { 'fixture:release': 'next', 'fixture:failing': 'true' } }),
      );
      expect(failure.code).toBe('UPDATE_FAILED');
      expect(failure.message).toBe('dynamic/Resource api: the cloud refused: image not found');
      expect(await project.workspace.outputs('dev')).toEqual({ release: 'built' });
      const [latest] = await project.workspace.history('dev', 1);
      expect(latest?.result).toBe('failed');
      expect((await project.workspace.up('dev')).counts).toEqual({ same: 3 });
    },
    twoMinutes,
  );

  test(
    'what the program refuses is shown as it was said',
    async () => {
      await project.settings('dev', { memory: 'much' });
      const failure = await rejection(project.workspace.up('dev'));
      expect(failure.code).toBe('PROGRAM_REFUSED');
      expect(failure.message).toBe('1 setting is wrong:\n  memory: much is not a number of MiB');
    },
    twoMinutes,
  );

  test(
    'of two updates at once the second names who holds the lock',
    async () => {
      const waiting = Promise.withResolvers<void>();
      const first = project.workspace.up('dev', {
        config: { 'fixture:gate': project.gate },
        say: (line) => line.startsWith('creating') && waiting.resolve(),
      });
      await waiting.promise;
      const [holder] = (await project.workspace.locks('dev')) ?? [];
      expect(holder).toMatchObject({ host: hostname(), processId: expect.any(Number) });
      // A Ctrl-C in the terminal must reach it through us alone: the second SIGINT would end it at once.
      const group = execFileSync('ps', ['-o', 'pgid=', '-p', String(holder?.processId)], { encoding: 'utf8' });
      expect(Number(group)).toBe(holder?.processId);

      const failure = await rejection(project.workspace.up('dev'));
      expect(failure.code).toBe('ENVIRONMENT_LOCKED');
      expect(failure.message).toBe(
        `dev is being changed by ${holder?.user}@${holder?.host} (process ${holder?.processId}) since ${holder?.at}.`,
      );
      await project.openGate();
      await first;
      expect(await project.workspace.locks('dev')).toEqual([]);
    },
    twoMinutes,
  );

  test(
    'stopped gracefully, an update ends what is in flight, frees the lock and can be continued',
    async () => {
      const stop = new AbortController();
      const failure = await rejection(
        project.workspace.up('dev', {
          config: { 'fixture:gate': project.gate },
          signal: stop.signal,
          say: (line) => {
            if (line.startsWith('creating')) stop.abort();
            if (line.startsWith('stopping')) void project.openGate();
          },
        }),
      );
      expect(failure.code).toBe('INTERRUPTED');
      expect(await project.workspace.locks('dev')).toEqual([]);
      const { pendingOperations } = await project.workspace.state('dev');
      expect(pendingOperations).toEqual([]);
      await project.workspace.up('dev');
      expect(await project.running()).toBe('built');
    },
    twoMinutes,
  );

  test(
    'killed, an update leaves a lock and a pending operation; cancel and refresh find what really happened',
    async () => {
      await project.workspace.up('dev');
      const waiting = Promise.withResolvers<void>();
      const killed = rejection(
        project.workspace.up('dev', {
          config: { 'fixture:gate': project.gate, 'fixture:release': 'next' },
          say: (line) => line.startsWith('updating') && waiting.resolve(),
        }),
      );
      await waiting.promise;
      const [holder] = (await project.workspace.locks('dev')) ?? [];
      const removeProviders = await killEngine(holder?.processId ?? 0);
      expect((await killed).code).toBe('UPDATE_KILLED');

      expect((await rejection(project.workspace.up('dev'))).code).toBe('ENVIRONMENT_LOCKED');
      await project.workspace.cancel('dev');
      const { pendingOperations } = await project.workspace.state('dev');
      expect(pendingOperations).toMatchObject([{ urn: expect.stringMatching(/::api$/), type: 'updating' }]);

      // The provider outlives the CLI and finishes: the cloud now runs what the state knows nothing of.
      await project.openGate();
      await expect.poll(() => project.running(), { timeout: 10_000 }).toBe('next');
      removeProviders();
      await project.workspace.refresh('dev');
      expect((await project.workspace.state('dev')).pendingOperations).toEqual([]);
      expect((await project.workspace.up('dev')).counts).toMatchObject({ update: 1 });
      expect(await project.running()).toBe('built');
    },
    twoMinutes,
  );

  test(
    'the engine survives a CLI that is killed: it ends its work, records it and frees the lock',
    async () => {
      const { directory, environmentVariables, gate, workspace } = project;
      const script = `
        const { PulumiWorkspace } = await import(${JSON.stringify(new URL('workspace.ts', import.meta.url).href)});
        const workspace = new PulumiWorkspace({
          projectDirectory: ${JSON.stringify(directory)},
          environmentVariables: process.env,
          note: () => undefined,
        });
        await workspace.up('dev', { config: { 'fixture:gate': ${JSON.stringify(gate)} }, say: console.log });`;
      const command = execa(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...environmentVariables },
        reject: false,
      });
      const said: string[] = [];
      for await (const line of command) {
        said.push(line);
        if (line.startsWith('creating api')) command.kill('SIGKILL');
      }
      expect((await command).signal).toBe('SIGKILL');
      expect((await workspace.state('dev')).pendingOperations).toHaveLength(1);

      await project.openGate();
      await expect.poll(() => workspace.locks('dev'), { timeout: 60_000 }).toEqual([]);
      expect(await project.running()).toBe('built');
      const { resources, pendingOperations } = await workspace.state('dev');
      expect(pendingOperations).toEqual([]);
      expect(resources.map(({ urn }) => urn)).toContainEqual(expect.stringMatching(/::api$/));
      const again = await workspace.up('dev', { config: { 'fixture:gate': gate } });
      expect(again.counts).toEqual({ same: 3 });

      const [log = ''] = said.flatMap((line) => /^Pulumi writes to (.*)$/.exec(line)?.[1] ?? []);
      expect(log).toMatch(/\/\.stack\/logs\/\S+-dev-pulumi-up\.log$/);
      expect(await readFile(log, 'utf8')).toContain('3 created');
    },
    twoMinutes,
  );

  test(
    'drift is what the platform has and the state has not',
    async () => {
      await project.workspace.up('dev');
      expect(await project.workspace.drift('dev')).toEqual([]);
      execFileSync('sh', ['-c', `printf tampered > ${join(project.directory, 'cloud', 'api')}`]);
      const changes = await project.workspace.drift('dev');
      expect(changes.map(({ op, subject }) => ({ op, subject }))).toEqual([
        { op: 'update', subject: 'api › dynamic/Resource api' },
      ]);
      expect(await project.workspace.drift('dev', ['pulumi-nodejs:dynamic:Resource'])).toEqual([]);
    },
    twoMinutes,
  );

  test(
    'destroy leaves nothing in the cloud',
    async () => {
      await project.workspace.up('dev');
      await project.workspace.destroy('dev');
      expect(await project.running()).toBeUndefined();
      expect(await project.workspace.exists('dev')).toBe(true);
    },
    twoMinutes,
  );

  test(
    'the committed stack file keeps its form: no operation does more than add the salt, and says so',
    async () => {
      const file = join(project.directory, 'Pulumi.other.yaml');
      const cloud = join(project.directory, 'cloud');
      const text = `# Ours: careful.\n\nconfig:\n  # Where it runs.\n  fixture:cloud: "${cloud}" # a folder\n\n  fixture:gate: ""\n`;
      await writeFile(file, text);
      const { workspace, notes } = project;
      await workspace.create('other');
      const salted = await readFile(file, 'utf8');
      expect(salted).toMatch(/^encryptionsalt: .*$/m);
      expect(salted.replace(/^encryptionsalt: .*\n/m, '')).toBe(text);
      expect(notes.filter((note) => note.includes('Pulumi.other.yaml'))).toEqual([
        expect.stringMatching(/^Added encryptionsalt in Pulumi.other.yaml, .* Commit it/),
      ]);

      await workspace.up('other');
      await workspace.preview('other');
      await workspace.refresh('other');
      await workspace.drift('other');
      await workspace.history('other', 1);
      await workspace.cancel('other');
      await workspace.destroy('other');
      expect(await readFile(file, 'utf8')).toBe(salted);
    },
    twoMinutes,
  );

  test(
    'a salt that was not committed is added again, and the form of the file kept, by whichever operation comes first',
    async () => {
      const { workspace, notes, directory } = project;
      const file = join(directory, 'Pulumi.dev.yaml');
      const text = (await readFile(file, 'utf8'))
        .replace(/^encryptionsalt: .*\n/m, '')
        .replace('config:\n', '# Ours.\n\nconfig:\n\n');
      for (const operation of ['up', 'preview', 'refresh', 'drift', 'destroy'] as const) {
        await writeFile(file, text);
        const before = notes.length;
        await workspace[operation]('dev');
        const after = await readFile(file, 'utf8');
        expect(after.replace(/^encryptionsalt: .*\n/m, ''), operation).toBe(text);
        expect(after, operation).toContain('encryptionsalt: v1:');
        expect(notes.slice(before), operation).toEqual([expect.stringContaining('Added encryptionsalt')]);
      }
    },
    twoMinutes,
  );

  test(
    'what is missing is named: the stack, the passphrase, the login, the folder, the CLI',
    async () => {
      const code = async (change: Record<string, string | undefined>, stack = 'dev') => {
        const workspace = new PulumiWorkspace({
          projectDirectory: project.directory,
          note: () => undefined,
          environmentVariables: { ...project.environmentVariables, ...change },
        });
        return (await rejection(workspace.up(stack))).code;
      };
      expect(await code({}, 'nowhere')).toBe('STACK_NOT_FOUND');
      expect(await code({ PULUMI_CONFIG_PASSPHRASE: undefined })).toBe('PASSPHRASE_MISSING');
      expect(await code({ PULUMI_CONFIG_PASSPHRASE: 'another' })).toBe('PASSPHRASE_WRONG');
      expect(await code({ PULUMI_BACKEND_URL: undefined, PULUMI_ACCESS_TOKEN: undefined })).toBe(
        'PULUMI_NOT_LOGGED_IN',
      );
      expect(await code({ PULUMI_BACKEND_URL: 'file:///nowhere/at/all' })).toBe('BACKEND_MISSING');
      expect(await code({ STACK_PULUMI_DIR: '/nowhere' })).toBe('PULUMI_CLI_MISSING');
    },
    twoMinutes,
  );
});

async function rejection(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => new Error('it worked'),
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw error;
}
