import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { StepProgress } from './step-progress.ts';

function capture() {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const progress = new StepProgress(stream as unknown as NodeJS.WriteStream, { live: false });
  const lines = () =>
    stripVTControlCharacters(text)
      .replace(/\(\d+\.\d s\)/g, '(n s)')
      .trimEnd()
      .split('\n');
  return { progress, lines };
}

it('StepProgress writes each step and its details in their order where there is no terminal', async () => {
  const { progress, lines } = capture();
  progress.detail('nobody asked');
  progress.step('Check');
  progress.step('Build');
  progress.detail('layer 1');
  progress.detail('layer 2');
  await progress.settle('done');
  expect(lines()).toEqual(['❯ Check', '✔ Check (n s)', '❯ Build', '› layer 1', '› layer 2', '✔ Build (n s)']);
});

it('StepProgress marks the step that failed', async () => {
  const { progress, lines } = capture();
  progress.step('Build');
  progress.step('Roll out');
  await progress.settle('failed');
  expect(lines().at(-1)).toBe('✖ Roll out (n s) [FAILED: see below]');
});

it('StepProgress continues after it was settled, as after a question', async () => {
  const { progress, lines } = capture();
  progress.step('Compare');
  await progress.settle('done');
  progress.step('Roll out');
  await progress.settle('done');
  expect(lines()).toEqual(['❯ Compare', '✔ Compare (n s)', '❯ Roll out', '✔ Roll out (n s)']);
});

it('StepProgress marks the step that failed, and not those that undo it', async () => {
  const { progress, lines } = capture();
  progress.step('Roll out');
  progress.fail();
  progress.step('Roll back');
  await progress.settle('failed');
  expect(lines().slice(1)).toEqual(['✖ Roll out (n s) [FAILED: see below]', '❯ Roll back', '✔ Roll back (n s)']);
});

it('StepProgress marks each step that failed by itself', async () => {
  const { progress, lines } = capture();
  for (const title of ['Kill', 'Restore']) {
    progress.step(title);
    progress.fail();
  }
  await progress.settle('done');
  expect(lines()).toContain('✖ Kill (n s) [FAILED: see below]');
  expect(lines()).toContain('✖ Restore (n s) [FAILED: see below]');
});

it('StepProgress writes no colours into what is no terminal, although stdout is one', async () => {
  const progress = new URL('step-progress.ts', import.meta.url).href;
  const script = `
    const { StepProgress } = await import(${JSON.stringify(progress)});
    const progress = new StepProgress(process.stderr, { live: false });
    progress.step('Check');
    await progress.settle('failed');`;
  // Stands for a terminal: what asks for colours asks stdout and these variables.
  const args = ['--input-type=module', '--eval', `process.stdout.isTTY = true;${script}`];
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, TERM: 'xterm-256color' };
  const { stderr } = await execa(process.execPath, args, { env, extendEnv: false });
  expect(stderr).toContain('✖ Check');
  expect(stripVTControlCharacters(stderr)).toBe(stderr);
});
