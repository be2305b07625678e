import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejection } from '../../release/testing/rejection.ts';
import type { Docker, DockerRunOptions } from '../engine/docker.ts';
import { folderOf } from '../state/place.ts';
import { serviceAnswer, taskAnswer } from '../testing/engine-answers.ts';
import { execInTask } from './exec.ts';
import { runOnce } from './run.ts';

const place = { projectDirectory: '/project', instance: 'example', environment: 'staging' };
const never = new AbortController().signal;

const container = {
  Image: 'sha256:aaaa',
  Config: {
    Env: ['PATH=/usr/bin', 'DATABASE_PASSWORD=a=b', 'STACK_AUTHORITIES=line 1\nline 2'],
    User: '10001:10001',
    WorkingDir: '/app',
    Entrypoint: ['/bin/entry', '--now'],
    Cmd: ['node', 'dist/main.js'],
    Labels: {},
  },
  HostConfig: {
    Memory: 512 * 2 ** 20,
    NanoCpus: 250_000_000,
    ReadonlyRootfs: true,
    Init: true,
    CapAdd: [],
    CapDrop: ['ALL'],
    Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
    Mounts: [{ Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 1024 } }],
  },
  NetworkSettings: { Networks: {} },
};

/** An engine with one API of two tasks; the older one is healthy. */
function engine(exitCode = 0, desiredState: Readonly<Record<string, string>> = {}) {
  const calls: { readonly args: readonly string[]; readonly options: DockerRunOptions }[] = [];
  const task = (id: string, at: string) => taskAnswer(id, at, desiredState[id]);
  const state = (id: string) => ({
    Id: id,
    State: {
      Status: 'running',
      Running: true,
      ExitCode: 0,
      OOMKilled: false,
      Health: { Status: id === 'old-container' ? 'healthy' : 'starting', FailingStreak: 0, Log: [] },
    },
    ...container,
  });
  const answers: Readonly<Record<string, unknown>> = {
    '/services': [serviceAnswer(2)],
    '/tasks': [task('new', '2026-01-02'), task('old', '2026-01-01')],
    '/containers/old-container/json': state('old-container'),
    '/containers/new-container/json': state('new-container'),
  };
  const docker: Docker = {
    executable: 'docker',
    api: { get: async (path) => answers[path] },
    run: () => expect.unreachable(),
    lines: () => expect.unreachable(),
    async attempt(args, options = {}) {
      calls.push({ args, options });
      options.onLine?.('done');
      return { exitCode, stdout: '', stderr: '' };
    },
  };
  return { docker, calls };
}

describe('a program in a task on this machine', () => {
  it('runs in the task that is healthy', async () => {
    const { docker } = engine();
    const request = { program: ['ls', '-l'], interactive: true };

    expect(await execInTask(docker, place, request)).toEqual({
      executable: 'docker',
      args: ['exec', '--interactive', '--tty', 'old-container', 'ls', '-l'],
      variables: {},
      reportsExitCode: true,
    });
  });

  it('runs in none that a rollout has replaced, however healthy it is while it drains', async () => {
    const { docker } = engine(0, { old: 'shutdown' });
    const { args } = await execInTask(docker, place, { program: ['ls'], interactive: false });
    expect(args).toContain('new-container');
  });

  it('once: is started as the task was, with no value of a variable among its arguments', async () => {
    const { docker, calls } = engine(7);
    const lines: string[] = [];

    const end = await runOnce(
      { docker, place, secretVariables: async () => ({}) },
      { program: ['node', 'x.js'] },
      (line) => lines.push(line),
      never,
    );

    expect({ ...end, lines }).toMatchObject({ process: 'api', exitCode: 7, lines: ['done'] });
    const [{ args, options } = { args: [], options: {} }] = calls;
    const text = args.join(' ').replaceAll(end.task, 'NAME');
    expect(text).toBe(
      'run --rm --name NAME --network example-staging --memory 536870912 --cpus 0.25 --user 10001:10001 --workdir /app ' +
        '--init --read-only --cap-drop ALL --ulimit nofile=1:2 --tmpfs /tmp:mode=1777,size=1024 --no-healthcheck ' +
        '--label stack.instance=example --label stack.environment=staging --label stack.checkout=/project ' +
        '--label stack.service=api-run --env DATABASE_PASSWORD --env STACK_AUTHORITIES --env PATH=/usr/bin ' +
        '--entrypoint /bin/entry sha256:aaaa --now node x.js',
    );
    expect(options.variables).toEqual({ DATABASE_PASSWORD: 'a=b', STACK_AUTHORITIES: 'line 1\nline 2' });
  });

  it('once: stops its container when the command is interrupted', async () => {
    const { docker, calls } = engine(143);
    const interruption = new AbortController();
    const running = runOnce(
      { docker, place, secretVariables: async () => ({}) },
      { program: ['x'] },
      () => interruption.abort(),
      interruption.signal,
    );

    expect(await rejection(running)).toMatchObject({ code: 'INTERRUPTED' });
    expect(calls[1]?.args.slice(0, 3)).toEqual(['stop', '--time', '30']);
  });

  it.each([
    ['a one-off', {}],
    ['a process on a schedule', { schedule: { cron: '0 3 * * *', timeZone: 'UTC' } }],
  ])('by the name of %s: as it was deployed, with its secrets, and no value among its arguments', async (_, when) => {
    const { docker, calls } = engine(0);
    const project = mkdtempSync(join(tmpdir(), 'run-'));
    const own = { ...place, projectDirectory: project };
    const container = {
      image: 'sha256:bbbb',
      command: ['node', 'dist/import.js'],
      init: true,
      readOnly: true,
      capabilities: { add: [], drop: ['ALL'] },
      ulimits: {},
      environment: { LOG_LEVEL: 'info' },
      secrets: { DATABASE_PASSWORD: 'STACK_SECRET_X' },
      emptyFolders: [],
      memoryFolders: {},
      memoryMiB: 512,
      cpus: 0.25,
      stopTimeoutSeconds: 30,
    };
    const jobs = [{ name: 'import', containerName: 'x', container, labels: { 'stack.service': 'import' }, ...when }];
    mkdirSync(folderOf(own).directory, { recursive: true });
    writeFileSync(folderOf(own).deployed, JSON.stringify({ jobs }));
    const secretVariables = async () => ({ STACK_SECRET_X: 'the-password' });

    const end = await runOnce(
      { docker, place: own, secretVariables },
      { process: 'import', program: [] },
      () => undefined,
      never,
    );

    expect(end).toMatchObject({ process: 'import', exitCode: 0 });
    const [{ args, options } = { args: [], options: {} }] = calls;
    expect(args.slice(-3)).toEqual(['sha256:bbbb', 'node', 'dist/import.js']);
    expect(args.join(' ')).toContain('--env DATABASE_PASSWORD ');
    expect(args.join(' ')).not.toContain('the-password');
    expect(options.variables).toEqual({ DATABASE_PASSWORD: 'the-password' });
  });

  it('refuses to run a process that is no one-off without a program', async () => {
    const context = { docker: engine().docker, place, secretVariables: async () => ({}) };
    const running = runOnce(context, { process: 'api', program: [] }, () => undefined, never);

    expect(await rejection(running)).toMatchObject({ code: 'PROGRAM_MISSING' });
  });
});
