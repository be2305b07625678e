import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { evaluate } from '../../infra/graph/evaluate.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { readToolFailure, sayToolFailure } from '../messages/tool-failure.ts';
import { UserError } from '../messages/user-error.ts';

/** Descriptor 3: the program may print on the other two. */
const script = `
const [moduleUrl, environment, options] = process.argv.slice(1);
const { evaluate } = await import(moduleUrl);
const { createWriteStream } = await import('node:fs');
const graph = await evaluate(environment, JSON.parse(options));
createWriteStream('', { fd: 3 }).end(JSON.stringify(graph));
`;

/** Records a program that lies in another folder, with its own code and packages, in a process of its own. */
export function evaluateAt(directory: string): typeof evaluate {
  return async (environment, { config = {} }) => {
    const recorder = pathToFileURL(join(directory, 'infra', 'graph', 'evaluate.ts')).href;
    const options = JSON.stringify({ projectDirectory: directory, config });
    const { execa } = await import('execa');
    const result = await execa(
      process.execPath,
      ['--input-type=module', '--eval', script, recorder, environment, options],
      { cwd: directory, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024, reject: false },
    );
    if (result.exitCode === 0) return JSON.parse(String(result.stdio[3])) as Graph;
    const failure = readToolFailure(result.stderr.split('\n'));
    throw new UserError({
      code: 'EARLIER_PROGRAM_FAILED',
      message: `The program at that commit fails to evaluate for ${environment}: ${sayToolFailure(failure)}`,
      rule: 'It runs with the current Node.js.',
      remedy: 'Roll the release back alone, without --stack.',
      details: failure.block.join('\n'),
    });
  };
}
