import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

/** The whole call, from its name to its closing parenthesis. */
function callsOf(text: string, name: RegExp): readonly string[] {
  return [...text.matchAll(name)].map(({ index }) => {
    let depth = 0;
    for (let end = text.indexOf('(', index); end < text.length; end += 1) {
      if (text[end] === '(') depth += 1;
      if (text[end] === ')') depth -= 1;
      if (depth === 0) return text.slice(index, end + 1);
    }
    return text.slice(index);
  });
}

const isBounded = (call: string) => /\b(timeout\w*|signal|cancelSignal|\w*[oO]ptions)\b/.test(call);

/** What a person ends: it serves him, or is the very work that the command does, and says so while it lasts. */
const endedOtherwise: readonly string[] = [
  // An update of hours is one that AWS takes hours for; an interruption stops the engine gracefully.
  'scripts/pulumi/cli.ts',
];

it('no program is waited for without a deadline or a signal', () => {
  const files = projectFiles()
    .filter((file) => file.startsWith('scripts/'))
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|\/testing\//.test(file) && !endedOtherwise.includes(file));
  const unbounded = files.flatMap((file) =>
    callsOf(readFileSync(file, 'utf8'), /\b(?<!\.)execa\(/g)
      .filter((call) => !isBounded(call))
      .map((call) => `${file}: ${call.split('\n')[0]}`),
  );
  expect(unbounded).toEqual([]);
});

it('no client of AWS is made without deadlines', () => {
  const files = projectFiles()
    .filter((file) => /^(scripts|infra)\//.test(file))
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|\/testing\//.test(file));
  const unbounded = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const handler = /\b(requestHandler|AwsClients|requestDeadlines|LookupClients)\b/.test(text);
    return callsOf(text, /\bnew [A-Z]\w*Client\(/g)
      .filter((call) => !handler || !/\b(config|requestHandler)\b/.test(call))
      .map((call) => `${file}: ${call.split('\n')[0]}`);
  });
  expect(unbounded).toEqual([]);
});

it('finds one', () => {
  const [call = ''] = callsOf("await execa('docker', ['version', f(x)], { reject: false });", /execa\(/g);
  expect(call).toBe("execa('docker', ['version', f(x)], { reject: false })");
  expect(isBounded(call)).toBe(false);
  expect(isBounded("execa('docker', [], { timeout: 10 })")).toBe(true);
});
