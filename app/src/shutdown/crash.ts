import type { LogDestination, Logger } from '../logging/logger.ts';

/** A process in an unknown state must not keep serving: says why it ends, and ends. The platform starts another. */
export function exitOnCrash(logger: Logger, logs: LogDestination): void {
  const crash = (event: string) => (error: unknown) => {
    logger.fatal({ err: error, operation: event }, 'the process is in an unknown state and ends');
    logs.flushSync();
    process.exit(1);
  };
  process.on('uncaughtException', crash('uncaughtException'));
  process.on('unhandledRejection', crash('unhandledRejection'));
}
