import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fixtureProject } from '../../../infra/testing/graph-of.ts';
import { createAwsTarget } from '../target.ts';
import { holdVariable } from './hold.ts';
import type { MiniStack } from './ministack.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');
const packages = ['aws', 'awsx', 'docker'];
const copied = ['package.json', 'package-lock.json', '.dockerignore', 'infra', 'app'];

/** A copy of this project whose engine state is a folder and whose cloud is MiniStack. */
export interface CloudProject {
  readonly directory: string;
  readonly environmentVariables: Readonly<Record<string, string | undefined>>;
  /** What commands said about files that they wrote. */
  readonly notes: readonly string[];
  /** Another one each time: a command starts with nothing in memory. */
  openTarget(): ReturnType<typeof createAwsTarget>;
  /** Changes the app, hence its version, and what its processes do. */
  changeApp(behaviour: {
    readonly migrate?: number;
    readonly main?: 'run' | number;
    readonly note: string;
  }): Promise<void>;
  /** The creation of a service does not end before what this returns is called. */
  holdServices(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export async function createCloudProject(aws: MiniStack): Promise<CloudProject> {
  const directory = await mkdtemp(join(tmpdir(), 'aws-target-'));
  for (const entry of copied) {
    const filter = (path: string) => !path.includes(join(repository, entry, 'node_modules')) && !path.endsWith('/dist');
    await cp(join(repository, entry), join(directory, entry), { recursive: true, filter });
  }
  for (const file of ['Pulumi.staging.yaml', 'Pulumi.prod.yaml']) {
    await cp(join(fixtureProject, file), join(directory, file));
  }
  const project = await readFile(join(repository, 'Pulumi.yaml'), 'utf8');
  // What the stack files for tests have their settings under, whatever the user’s project is called.
  await writeFile(join(directory, 'Pulumi.yaml'), project.replace(/^name: .*$/m, 'name: nest-fargate'));
  // MiniStack has no hosted zone, so prod has no domain.
  await appendFile(join(directory, 'Pulumi.prod.yaml'), '  nest-fargate:plainHttp: true\n');
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'));
  const state = await mkdtemp(join(tmpdir(), 'aws-target-state-'));
  await mkdir(join(state, 'backend'));
  await installProviders(join(state, 'home'), aws.port);
  const environmentVariables = {
    ...process.env,
    PULUMI_HOME: join(state, 'home'),
    PULUMI_BACKEND_URL: `file://${join(state, 'backend')}`,
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase of the tests',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    AWS_ENDPOINT_URL: aws.access.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [holdVariable]: join(state, 'hold'),
  };
  const notes: string[] = [];
  return {
    directory,
    environmentVariables,
    notes,
    openTarget: () =>
      createAwsTarget({ projectDirectory: directory, environmentVariables, note: (text) => notes.push(text) }),
    changeApp: ({ migrate = 0, main = 'run', note }) =>
      writeFile(join(directory, 'app', 'behaviour'), `# ${note}\nmigrate=${migrate}\nmain=${main}\n`),
    async holdServices() {
      await writeFile(join(state, 'hold'), '');
      return () => rm(join(state, 'hold'), { force: true });
    },
    async remove() {
      await rm(directory, { recursive: true, force: true });
      await rm(state, { recursive: true, force: true });
    },
  };
}

async function installProviders(home: string, port: number): Promise<void> {
  const require = createRequire(import.meta.url);
  for (const name of packages) {
    const { version } = require(`@pulumi/${name}/package.json`) as { version: string };
    const plugin = join(home, 'plugins', `resource-${name}-v${version}`);
    const executable = join(plugin, `pulumi-resource-${name}`);
    const script = join(import.meta.dirname, 'cloud-provider.ts');
    await mkdir(plugin, { recursive: true });
    await writeFile(executable, `#!/bin/sh\nexec '${process.execPath}' '${script}' ${name} ${version} ${port} "$@"\n`);
    await chmod(executable, 0o755);
  }
}
