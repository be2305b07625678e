import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { projectDirectory } from '../../infra/testing/graph-of.ts';
import { copyOfFixtureProject } from '../testing/fixture-project.ts';
import { main } from './main.ts';

async function stack(...args: readonly string[]) {
  const directory = copyOfFixtureProject();
  cpSync(join(projectDirectory, 'package.json'), join(directory, 'package.json'));
  const written = { stdout: '', stderr: '' };
  const collect = (name: keyof typeof written) => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
    });
    return stream as unknown as NodeJS.WriteStream;
  };
  const exitCode = await main(args, {
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    // No engine is asked: the client does not exist.
    variables: { STACK_DOCKER: '/nonexistent/docker' },
    projectDirectory: directory,
    signal: new AbortController().signal,
  });
  return { exitCode, ...written };
}

it('on AWS it is the page of CloudWatch, whose address needs no credentials', async () => {
  const address =
    'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/nest-fargate-staging';

  const { exitCode, stdout } = await stack('dashboard', 'staging', '--target', 'aws', '--json');
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { environment: 'staging', target: 'aws', address }]);
  expect((await stack('dashboard', 'staging', '--target', 'aws')).stdout).toContain(address);
});

it('on this machine it serves nothing where no engine is', async () => {
  const { exitCode, stdout } = await stack('dashboard', 'staging', '--json');

  expect(exitCode).not.toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.stringMatching(/DOCKER/) } });
});
