import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { logNodeWarnings } from './node-warnings.ts';

let listeners: ReturnType<typeof process.rawListeners>;

beforeEach(() => {
  listeners = process.rawListeners('warning');
});
afterEach(() => {
  process.removeAllListeners('warning');
  for (const listener of listeners) process.on('warning', (warning) => listener.call(process, warning));
});

it('makes log lines of what Node warns of, and none of its own kind are left', () => {
  const logger = { warn: vi.fn(), debug: vi.fn() };
  logNodeWarnings(logger);
  const leak = Object.assign(new Error('11 listeners'), { name: 'MaxListenersExceededWarning' });
  const loader = Object.assign(new Error('a loader'), { name: 'ExperimentalWarning' });
  process.emit('warning', leak);
  process.emit('warning', loader);
  expect(logger.warn.mock.calls).toEqual([[{ err: leak, operation: 'warning' }, 'Node warns']]);
  expect(logger.debug.mock.calls).toEqual([[{ err: loader, operation: 'warning' }, 'Node warns']]);
  expect(process.listenerCount('warning')).toBe(1);
});
