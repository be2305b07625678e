/** A rule of the contract that no two numbers can break: the code keeps it, and something shows that it does. */
export interface KeptByConstruction {
  readonly id: string;
  readonly rule: string;
  readonly why: string;
  /** Tests and policies that fail when it is broken, by their paths. */
  readonly shownBy: readonly string[];
}

export const keptByConstruction: readonly KeptByConstruction[] = Object.freeze([
  {
    id: 'C3',
    rule: 'From SIGTERM on answers close their connections, idle ones are closed, and the rest is cut at the end of the budget',
    why: 'Node’s server.close() waits for each connection that was busy, for its whole keep-alive: longer than the stop timeout.',
    shownBy: ['app/test/shutdown.e2e.test.ts', 'app/src/shutdown/shutdown.test.ts'],
  },
  {
    id: 'C6',
    rule: 'What requests in flight need is closed after the last of them',
    why: 'A pool that is closed first makes errors of answers that were under way.',
    shownBy: ['app/src/shutdown/shutdown.test.ts', 'app/test/shutdown.e2e.test.ts'],
  },
  {
    id: 'C7',
    rule: 'An init process is PID 1, and the command is a list',
    why: 'As PID 1 Node gets no default action for signals; a shell would not pass them on.',
    shownBy: ['infra/compute/container/definition.test.ts', 'infra/policy/container-with-privileges.ts'],
  },
  {
    id: 'C10',
    rule: 'A task that was told to stop ends with 0 or 143, never with 137',
    why: '137 is a kill, with the requests that it still worked on.',
    shownBy: ['app/test/shutdown.e2e.test.ts', 'app/test/image.docker.test.ts'],
  },
  {
    id: 'C23',
    rule: 'Connections to the database are encrypted, and its certificate is verified',
    why: 'rds.force_ssl refuses clients without TLS; DATABASE_TLS=verify-full makes the app look at who answers.',
    shownBy: [
      'app/test/database-tls.e2e.test.ts',
      'infra/data/database.test.ts',
      'infra/compute/container/definition.test.ts',
    ],
  },
  {
    id: 'C24',
    rule: 'A password that rotates is read by nothing that runs for long',
    why: 'ECS gives a secret to a task when it starts. RDS rotates the owner’s every seven days: migrations use it, tasks have a user of their own.',
    shownBy: ['infra/data/database.test.ts', 'app/test/app-role.e2e.test.ts'],
  },
  {
    id: 'C25',
    rule: 'What ran stays: task definitions are not deregistered, images are named by digest and kept by count',
    why: 'A service cannot go back to a revision that was deregistered, or to an image that is gone.',
    shownBy: ['infra/compute/service.test.ts', 'infra/image/image.test.ts', 'infra/policy/image-by-tag.ts'],
  },
  {
    id: 'C26',
    rule: 'The desired count is autoscaling’s, and the weights of a traffic shift are ECS’s',
    why: 'Setting either back on an update would scale a busy service down, or send requests to the wrong fleet.',
    shownBy: ['infra/compute/service.test.ts', 'infra/edge/traffic-shift.test.ts'],
  },
  {
    id: 'C27',
    rule: 'sigintRollback is off',
    why: 'In some versions of the provider it takes every healthy deployment back (hashicorp/terraform-provider-aws#49031); Ctrl-C is handled by `stack`.',
    shownBy: ['infra/compute/service.test.ts', 'scripts/aws/traffic-shift.test.ts'],
  },
  {
    id: 'C28',
    rule: 'ECS Exec has its three writable folders, and the root file system stays read-only',
    why: 'Its agent cannot start otherwise: aws/containers-roadmap#1359.',
    shownBy: ['infra/options.test.ts', 'infra/policy/container-with-privileges.ts'],
  },
  {
    id: 'C31',
    rule: 'Migrations end before a task of the release starts, and the release before goes on working with their schema',
    why: 'Both releases run at the same time during a rollout, a bake and a rollback.',
    shownBy: [
      'infra/compute/migration/migration.test.ts',
      'app/test/migrate.e2e.test.ts',
      'scripts/release/rollback.test.ts',
    ],
  },
]);
