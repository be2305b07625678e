import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { interruptionOf } from './signals.ts';

vi.mock('node:fs', () => ({ writeSync: vi.fn() }));

function fakeProcess() {
  const emitter = new EventEmitter();
  const exits: unknown[] = [];
  let now = 0;
  const source = Object.assign(emitter, { exit: (code: unknown) => exits.push(code) as never });
  const signal = interruptionOf(source as unknown as NodeJS.Process, () => now);
  return {
    emit: (name: string) => emitter.emit(name),
    exits,
    signal,
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
  const { emit, exits, wait } = fakeProcess();
  emit('SIGINT');
  wait(1000);
  emit('SIGINT');
  expect(exits).toEqual([130]);
});

it('the same Ctrl-C that npm passes on counts once', () => {
  const { emit, exits, wait } = fakeProcess();
  emit('SIGINT');
  wait(20);
  emit('SIGINT');
  expect(exits).toEqual([]);
});
