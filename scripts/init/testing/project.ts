import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { main } from '../../commands/main.ts';
import { type Files, writtenTo } from './folder.ts';

const project: Files = {
  'package.json': '{ "name": "a-project", "version": "1.0.0" }',
  'Pulumi.yaml': 'name: acme\nruntime: nodejs\n',
  'Pulumi.staging.yaml': '# Small.\nconfig:\n  aws:region: eu-central-1\n\n  # Sizes.\n  acme:apiMemoryMiB: 512\n',
  'Pulumi.prod.yaml':
    '# Large.\nconfig:\n  aws:region: eu-central-1\n  acme:promoteFrom: staging\n  acme:releaseSource: promoted\n',
};

export interface Ran {
  readonly exitCode: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command prints.
  readonly json: any;
}

export interface ProjectWithApp {
  readonly directory: string;
  read(file: string): string;
  /** Runs `stack init … --json`, without a terminal. */
  init(...args: readonly string[]): Promise<Ran>;
  remove(): void;
}

/** A project of nothing but stack files, with an app in it. */
export function projectWith(app: Files, at = 'my-app'): ProjectWithApp {
  const files = Object.entries(app).map(([file, text]) => [at === '.' ? file : `${at}/${file}`, text]);
  const { directory, remove } = writtenTo({ ...project, ...Object.fromEntries(files) });
  return {
    directory,
    remove,
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    async init(...args) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      let text = '';
      stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stderr.resume();
      const exitCode = await main(['init', ...args, '--json'], {
        stdin: new PassThrough() as unknown as NodeJS.ReadStream,
        stdout: stdout as unknown as NodeJS.WriteStream,
        stderr: stderr as unknown as NodeJS.WriteStream,
        variables: {},
        projectDirectory: directory,
        signal: new AbortController().signal,
      });
      return { exitCode, json: JSON.parse(text) };
    },
  };
}
