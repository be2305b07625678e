/** A rule that no combination of numbers can break: the code guarantees it, and tests prove that it does. */
export interface KeptByConstruction {
  readonly id: string;
  readonly rule: string;
  readonly why: string;
  /** Paths of the tests and policies that fail if the rule is broken. */
  readonly shownBy: readonly string[];
}

export const keptByConstruction: readonly KeptByConstruction[] = Object.freeze([
  {
    id: 'C3',
    rule: 'After SIGTERM, responses close their connections, idle connections are closed, and the rest are reset when the shutdown timeout ends',
    why: 'Node’s server.close() waits for the keep-alive timeout of every busy connection, which is longer than the stop timeout.',
    shownBy: ['app/test/shutdown.e2e.test.ts', 'app/src/shutdown/shutdown.test.ts'],
  },
  {
    id: 'C6',
    rule: 'Connections to Postgres and Valkey close after the last request in flight',
    why: 'A pool that closes earlier turns requests in flight into errors.',
    shownBy: ['app/src/shutdown/shutdown.test.ts', 'app/test/shutdown.e2e.test.ts'],
  },
  {
    id: 'C7',
    rule: 'An init process is PID 1, and the command is in exec form',
    why: 'As PID 1, Node would have no default signal handlers. A shell would not forward signals.',
    shownBy: ['infra/compute/container/definition.test.ts', 'infra/policy/container-with-privileges.ts'],
  },
  {
    id: 'C10',
    rule: 'A stopped task exits with 0 or 143, never with 137',
    why: '137 is SIGKILL: requests in flight are lost.',
    shownBy: ['app/test/shutdown.e2e.test.ts', 'app/test/image.docker.test.ts'],
  },
  {
    id: 'C23',
    rule: 'Connections to Postgres are encrypted, and its certificate is verified',
    why: 'rds.force_ssl refuses clients without TLS. `{database.tls}` tells the app to verify the server.',
    shownBy: [
      'app/test/database-tls.e2e.test.ts',
      'infra/data/database.test.ts',
      'infra/compute/container/definition.test.ts',
    ],
  },
  {
    id: 'C24',
    rule: 'No long-running process reads a password that rotates',
    why: 'ECS injects secrets when a task starts. RDS rotates the owner’s password every seven days, so only migrations use it. Services have their own user.',
    shownBy: ['infra/data/database.test.ts', 'app/test/app-role.e2e.test.ts'],
  },
  {
    id: 'C25',
    rule: 'Releases stay deployable: task definitions are not deregistered, and images are referenced by digest and retained by count',
    why: 'A service cannot roll back to a deregistered revision or to a deleted image.',
    shownBy: ['infra/compute/service.test.ts', 'infra/image/image.test.ts', 'infra/policy/image-by-tag.ts'],
  },
  {
    id: 'C26',
    rule: 'Autoscaling owns the desired count, and ECS owns the weights of a traffic shift',
    why: 'An update that resets them would scale in a busy service or send requests to the wrong tasks.',
    shownBy: ['infra/compute/service.test.ts', 'infra/edge/traffic-shift.test.ts'],
  },
  {
    id: 'C27',
    rule: 'sigintRollback is off',
    why: 'Some provider versions roll back every healthy deployment with it (hashicorp/terraform-provider-aws#49031). `stack` handles Ctrl-C.',
    shownBy: ['infra/compute/service.test.ts', 'scripts/aws/traffic-shift.test.ts'],
  },
  {
    id: 'C28',
    rule: 'ECS Exec has three writable folders, and the root file system stays read-only',
    why: 'The agent cannot start without them: aws/containers-roadmap#1359.',
    shownBy: ['infra/options.test.ts', 'infra/policy/container-with-privileges.ts'],
  },
  {
    id: 'C31',
    rule: 'Migrations finish before any task of the release starts, and the previous release keeps working on the migrated schema',
    why: 'Both releases run at the same time during a rollout, a bake time and a rollback.',
    shownBy: [
      'infra/compute/migration/migration.test.ts',
      'app/test/migrate.e2e.test.ts',
      'scripts/release/rollback.test.ts',
    ],
  },
]);
