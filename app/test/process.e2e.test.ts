import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase, RunningApp, run, type Variables, withClient } from './support/running-app.ts';

/** A defect in the process that no endpoint could cause on purpose. */
const defect = (code: string): Variables => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`setTimeout(() => { ${code} }, 400)`)}`,
});

describe('the process', () => {
  it.each([
    ['uncaughtException', 'throw new Error("nobody caught this")'],
    ['unhandledRejection', 'Promise.reject(new Error("nobody caught this"))'],
  ])('ends with 1 and a fatal line at an %s', async (operation, code) => {
    const app = await RunningApp.spawn({ ...(await createDatabase({ migrated: true })), ...defect(code) });
    onTestFinished(() => app.kill());
    expect(await app.exited).toMatchObject({ code: 1 });
    expect(app.logs.at(-1)).toMatchObject({
      level: 'fatal',
      operation,
      err: { message: 'nobody caught this', stack: expect.any(String) },
    });
  });

  it('does not start with a wrong environment: one message names all that is wrong, and no secret', async () => {
    const { code, stdout, stderr } = await run('main.js', {
      DATABASE_HOST: 'db',
      DATABASE_NAME: undefined,
      DATABASE_PORT: '80x',
      DATABASE_USER: 'todo',
      DATABASE_PASSWORD: 'do-not-print-me',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      [
        'The environment is not valid, 3 problems:',
        '  LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, not "loud"',
        '  DATABASE_PORT must be a whole number from 1 to 65535, not "80x"',
        '  DATABASE_NAME is missing: it must be the name of the database',
        '',
      ].join('\n'),
    );
  });

  it('says so when its port is taken', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start(database);
    const { code, stdout } = await run('main.js', { ...database, PORT: String(app.port) });
    expect(code).toBe(1);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      level: 'fatal',
      err: { code: 'EADDRINUSE' },
    });
  });

  it('logs the file and line of the source that an error came from', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start(database);
    await withClient(database, (client) => client.query('DROP TABLE todos CASCADE'));
    expect(await app.statusOf('/todos')).toBe(500);
    const [{ err }] = app.logs.filter(({ level }) => level === 'error') as [{ err: { stack: string } }];
    const [, file = '', line] = /at async TodosService\.list \(app\/(src\/.+\.ts):(\d+)\)/.exec(err.stack) ?? [];
    expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8').split('\n')[Number(line) - 1]).toContain(
      'await',
    );
    // Frames of packages name their own files.
    expect(err.stack).toMatch(/ node_modules\/pg-pool\/index\.js:\d+/);
    expect(err.stack).not.toContain('.cjs');
  });

  it.each([
    ['/health', 0],
    ['/ready', 0],
    ['/nothing', 1],
  ])('tells the container platform about %s by exit code %i', async (path, exitCode) => {
    const app = await RunningApp.start(await createDatabase({ migrated: true }));
    const { code } = await run('healthcheck.js', { PORT: String(app.port) }, [path]);
    expect(code).toBe(exitCode);
  });

  it('counts as unhealthy when nothing answers', async () => {
    expect(await run('healthcheck.js', { PORT: '1' })).toMatchObject({
      code: 1,
      stdout: '/health connect ECONNREFUSED 127.0.0.1:1\n',
    });
  });
});
