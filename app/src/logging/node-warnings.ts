import type { Logger } from './logger.ts';

/**
 * Node's warnings as log lines: what it prints by itself beside them is no JSON, and no query finds it. What it calls
 * experimental was chosen on purpose, and is said to those who debug.
 */
export function logNodeWarnings(logger: Pick<Logger, 'warn' | 'debug'>): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const level = warning.name === 'ExperimentalWarning' ? 'debug' : 'warn';
    logger[level]({ err: warning, operation: 'warning' }, 'Node warns');
  });
}
