import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { toolError } from './failed-tool.ts';
import { userErrorOf } from './known-error.ts';

/** What is reported of a program that really failed. */
async function reportOf(program: string, args: readonly string[], options: { readonly timeout?: number } = {}) {
  const result = await execa(program, args, { ...options, reject: false });
  return userErrorOf(result);
}

describe('a program that was called and failed', () => {
  it('is reported in its own words, not as a bug', async () => {
    const error = await reportOf('git', ['-C', '/', 'rev-parse', '--verify', 'no-such-branch']);
    expect(error).toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/^`git rev-parse no-such-branch` failed with exit code 128: fatal: /),
      remedy: 'Fix what git says and run the command again.',
    });
    expect(error?.message).not.toContain('Command failed');
  });

  it('first says what it said first', async () => {
    const script =
      'console.error("reading"); console.error("Error: no space left"); console.error("npm error code 1"); process.exit(7)';
    expect((await reportOf(process.execPath, ['-e', script]))?.message).toMatch(
      / failed with exit code 7: Error: no space left$/,
    );
  });

  it('of tar is reported by the file', async () => {
    const error = await reportOf('tar', ['--extract', '--file', '/no/such.tar']);
    expect(error?.message).toMatch(/^`tar` failed with exit code 2: tar: .*Cannot open: No such file or directory$/);
  });

  it('is named where it is not installed', async () => {
    expect(await reportOf('no-such-program', ['x'])).toMatchObject({
      message: 'no-such-program is not installed, or not on the PATH.',
      remedy: 'Install no-such-program and run the command again.',
    });
  });

  it('is said to have taken too long where it was stopped', async () => {
    expect((await reportOf('sleep', ['60'], { timeout: 50 }))?.message).toBe(
      '`sleep` took too long and was stopped, and said nothing.',
    );
  });

  it('shows no options, which may hold what is nobody’s business', () => {
    const command = ['docker', 'run', '--env=PASSWORD=x', 'app', 'more', 'yet more'];
    expect(toolError({ command, stdout: '', stderr: '', exitCode: 1 }).message).toBe(
      '`docker run app` failed with exit code 1, and said nothing.',
    );
  });
});

describe('what Docker says', () => {
  it.each([
    [
      'Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults',
      'could not find an available, non-overlapping IPv4 address pool among the defaults',
    ],
    ["docker: Error response from daemon: No such image: app:1.\nSee 'docker run --help'.", 'No such image: app:1.'],
    [
      'time="2026-11-21" level=info msg="loading"\nfailed to start daemon: error initializing graphdriver: driver not supported',
      'failed to start daemon: error initializing graphdriver: driver not supported',
    ],
    ['write /var/lib/docker/tmp/x: no space left on device', 'write /var/lib/docker/tmp/x: no space left on device'],
  ])('%s', (stderr, said) => {
    expect(toolError({ command: ['docker', 'network', 'create'], stdout: '', stderr, exitCode: 1 }).message).toBe(
      `\`docker network create\` failed with exit code 1: ${said}`,
    );
  });
});
