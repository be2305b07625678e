import type { Contract } from '../contract/contract.ts';
import type { Settings } from '../settings/settings.ts';

/** Of a deployment, beside its migrations and rollouts: the image, the engine, the load balancer, the verification. */
const overheadSeconds = 600;

export interface DeploymentTime {
  readonly migrationSeconds: number;
  /** One rollout with its bake times. */
  readonly rolloutSeconds: number;
  readonly overheadSeconds: number;
  /** The longest that a promotion takes: it fails at its end and is rolled back. */
  readonly promotionSeconds: number;
}

/** How long a command may take by the settings. Whoever deploys needs credentials that last as long. Pure. */
export function deploymentTime(
  { migrationTimeoutSeconds }: Pick<Settings, 'migrationTimeoutSeconds'>,
  { rolloutTimeoutSeconds }: Pick<Contract, 'rolloutTimeoutSeconds'>,
): DeploymentTime {
  return {
    migrationSeconds: migrationTimeoutSeconds,
    rolloutSeconds: rolloutTimeoutSeconds,
    overheadSeconds,
    promotionSeconds: migrationTimeoutSeconds + 2 * rolloutTimeoutSeconds + overheadSeconds,
  };
}
