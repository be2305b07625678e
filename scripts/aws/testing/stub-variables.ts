import { vi } from 'vitest';
import type { CloudProject } from './cloud-project.ts';

/** For what asks the test's own process how to reach AWS. `vi.unstubAllEnvs` undoes it. */
export function stubVariables({ environmentVariables }: CloudProject): void {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const) {
    vi.stubEnv(name, environmentVariables[name] ?? '');
  }
}
