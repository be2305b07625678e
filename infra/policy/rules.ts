import { asRoot, withoutInit, withWritableRoot } from './container-with-privileges.ts';
import { withoutMemoryLimit, withoutStopTimeout } from './container-without-limits.ts';
import { databaseWithoutBackups, publicDatabase } from './database-at-risk.ts';
import { endlessLog } from './endless-log.ts';
import { iamWildcard } from './iam-wildcard.ts';
import { imageByTag } from './image-by-tag.ts';
import { keyWithoutRotation } from './key-without-rotation.ts';
import { proxyWithoutTls, publicTask, valkeyWithoutPassword, weakTls } from './open-connection.ts';
import { openPort } from './open-port.ts';
import { plainSecret } from './plain-secret.ts';
import type { NamedRule } from './rule.ts';
import { withoutCircuitBreaker } from './service-without-circuit-breaker.ts';
import { unencryptedStorage } from './unencrypted-storage.ts';
import { unloggedShell } from './unlogged-shell.ts';

/** Every rule of the policy pack. */
export const rules: readonly NamedRule[] = Object.freeze([
  publicDatabase,
  databaseWithoutBackups,
  unencryptedStorage,
  withoutStopTimeout,
  withoutMemoryLimit,
  imageByTag,
  plainSecret,
  withWritableRoot,
  asRoot,
  withoutInit,
  withoutCircuitBreaker,
  endlessLog,
  iamWildcard,
  openPort,
  valkeyWithoutPassword,
  proxyWithoutTls,
  weakTls,
  publicTask,
  unloggedShell,
  keyWithoutRotation,
]);
