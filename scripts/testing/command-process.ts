import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { exemptLoopback } from '../commands/loopback.ts';

/*
 * Runs one `stack` command after the other, as scripts/stack.ts runs a single one: loading the program takes longer than
 * most of what commands do. command-server.ts starts it.
 */
enableCompileCache();
const { main } = await import('../commands/main.ts');

/** What command-server.ts asks for. */
export interface CommandRequest {
  readonly args: readonly string[];
}

/** What it is answered: any number of pieces of what the command says on the way, then how it ended. */
export type CommandReply = { readonly talk: string } | { readonly exitCode: number; readonly stdout: string };

const variables = process.env;
exemptLoopback(variables);

const reply = (message: CommandReply) => process.send?.(message);

function stream(write: (text: string) => void): NodeJS.WriteStream {
  return new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      write(String(chunk));
      done();
    },
  }) as NodeJS.WriteStream;
}

process.on('message', ({ args }: CommandRequest) => {
  let stdout = '';
  void main(args, {
    stdin: Readable.from([]) as NodeJS.ReadStream & Readable,
    stdout: stream((text) => {
      stdout += text;
    }),
    stderr: stream((talk) => reply({ talk })),
    variables,
    projectDirectory: resolve(import.meta.dirname, '../..'),
    signal: new AbortController().signal,
  }).then((exitCode) => reply({ exitCode, stdout }));
});
process.on('disconnect', () => process.exit());
