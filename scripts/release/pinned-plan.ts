import type { Release } from '../../infra/release/release.ts';
import { UserError } from '../messages/user-error.ts';
import type { Plan, Target } from './target.ts';

/** The plan that runs this very release. Rejects when the platform would build it again or run another image. */
export async function pinnedPlan(target: Target, environment: string, release: Release): Promise<Plan> {
  const plan = await target.plan(environment, release);
  if (!plan.build && plan.release.digest === release.digest) return plan;
  throw new UserError({
    code: 'RELEASE_NOT_PINNED',
    message: `${environment} would ${plan.build ? 'build' : 'run another image as'} ${plan.release.version} instead of running the image of ${release.version}.`,
    rule: 'A release is built once: promotion and rollback run the same digest.',
    remedy: 'If its image is gone, choose another release.',
  });
}
