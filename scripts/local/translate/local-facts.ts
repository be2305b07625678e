import type { Release } from '../../../infra/release/release.ts';
import type { MaintenancePage } from '../../messages/maintenance-page.ts';

/** What is known only on this machine. */
export interface LocalFacts {
  readonly instance: string;
  /** Where the command runs: two checkouts never share an instance. */
  readonly checkout: string;
  readonly release: Release;
  readonly postgresImage: string;
  readonly valkeyImage: string;
  /** Absent where nothing stands in for S3 and SQS. */
  readonly emulator?: {
    readonly image: string;
    /** Text of the program that makes buckets and queues in its container. */
    readonly script: string;
  };
  readonly port: number;
  /** Of each secret's value: a new value starts new tasks. */
  readonly secretFingerprints: Readonly<Record<string, string>>;
  /** When `restart` last replaced the tasks of a service, by its name. */
  readonly restarts?: Readonly<Record<string, string>>;
  /** What the load balancer shows instead of the app. */
  readonly maintenance?: MaintenancePage;
  /** By the server that presents it. */
  readonly certificates: Readonly<Record<string, ServerIdentity>>;
}

export interface ServerIdentity {
  /** PEM: the authority that its clients have to trust. */
  readonly authority: string;
  /** Of key and certificate. */
  readonly fingerprint: string;
}
