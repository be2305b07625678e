import type { Valkey } from '../valkey/valkey.ts';
import type { ReadinessCheck } from './readiness.ts';

/** Whether Valkey answers: without it the service does its work, only less well. No check where there is none to be asked. */
export function valkeyChecks(valkey: Valkey): readonly ReadinessCheck[] {
  return valkey.isConfigured ? [{ name: 'valkey', optional: true, run: () => valkey.probe() }] : [];
}
