import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { interruptionOf } from './signals.ts';

function fakeProcess() {
  const emitter = new EventEmitter();
  const exits: unknown[] = [];
  const written: string[] = [];
  let now = 0;
  const source = Object.assign(emitter, { exit: (code: unknown) => exits.push(code) as never });
  const write = (text: string) => void written.push(text);
  const signal = interruptionOf(source as unknown as NodeJS.Process, () => now, write);
  return {
    emit: (name: string) => emitter.emit(name),
    exits,
    signal,
    written,
    wait: (milliseconds: number) => (now += milliseconds),
  };
}

it.each(['SIGINT', 'SIGTERM'])('the first %s aborts and lets the command end by itself', (name) => {
  const { emit, exits, signal } = fakeProcess();
  expect(signal.aborted).toBe(false);
  emit(name);
  expect(signal.aborted).toBe(true);
  expect(exits).toEqual([]);
});

it('a second one ends the process at once with 130', () => {
  const { emit, exits, wait, written } = fakeProcess();
  emit('SIGINT');
  wait(1000);
  expect(written).toEqual([]);
  emit('SIGINT');
  expect(exits).toEqual([130]);
  expect(written.join()).toContain('Ended at once.');
});

it('the same Ctrl-C that npm passes on counts once', () => {
  const { emit, exits, wait } = fakeProcess();
  emit('SIGINT');
  wait(20);
  emit('SIGINT');
  expect(exits).toEqual([]);
});
