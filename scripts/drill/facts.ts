import type { Contract } from '../../infra/contract/contract.ts';
import type { App } from '../../infra/manifest/app.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import type { JobStatements } from '../release/smoke.ts';

/** What is known of an environment before it is drilled. */
export interface Facts {
  readonly environment: string;
  readonly app: App;
  readonly settings: Settings;
  readonly contract: Contract;
  /** For how long a drill takes a server away. */
  readonly awaySeconds: number;
  /** Whether the environment is the drill's own, so that releases may be made for it. */
  readonly throwAway: boolean;
  /** Jobs for the process in the background; absent: the app's smoke test exports none. */
  readonly jobs?: JobStatements;
}
