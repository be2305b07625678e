import type { RunTaskCommandOutput } from '@aws-sdk/client-ecs';

/** What a run of the migrations is made from. */
export interface MigrationInputs {
  readonly region: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly containerName: string;
  readonly logGroup: string;
  /** A run belongs to an image: another image runs again, another setting does not. */
  readonly image: string;
}

export const migrationProvider = {};
export type X = RunTaskCommandOutput;
