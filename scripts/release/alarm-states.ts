/** One alarm of an environment, as its platform has it. */
export interface AlarmState {
  readonly name: string;
  /** `no data`: it cannot tell. `not here`: this platform has nothing that could make it fire. */
  readonly state: 'firing' | 'not firing' | 'no data' | 'not here';
  /** When it fires, in the platform's terms. */
  readonly condition: string;
  /** Since when it fires; ISO 8601, UTC. */
  readonly since?: string;
  /** Why it has no data, or is not here; what CloudWatch says of its state. */
  readonly because?: string;
  /** Address of what to do about it; a path of the repository where no address is known. */
  readonly runbook?: string;
  /** Processes whose rollout it ends. */
  readonly guards: readonly string[];
}
