import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, hasPulumi, startEngine } from './testing/engine.ts';

const minutes = 60_000;
const digest = `sha256:${'1'.repeat(64)}`;
const release = JSON.stringify({
  version: `0.1.0-${'1'.repeat(12)}`,
  image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/nest-fargate-staging@${digest}`,
  digest,
  commit: 'unknown',
  migrations: [],
});

/** Whether the database takes tokens of IAM is a property of the instance, which changes before the services. */
const takesTokens = 'update aws:rds/instance:Instance database';

/** Settings that can be switched on a stack that serves, and what has to exist before anything points to it. */
const switches: readonly {
  readonly settings: Readonly<Record<string, string>>;
  readonly first: readonly (readonly [needed: string, by: string])[];
  /** What does not happen when it is switched off: old tasks need it until they are gone. */
  readonly never?: readonly string[];
}[] = [
  {
    settings: { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
    first: [
      ['create aws:lb/listener:Listener edge-https', 'update aws:lb/listener:Listener edge-http'],
      ['create aws:route53/record:Record edge-address', 'update aws:lb/listener:Listener edge-http'],
    ],
  },
  {
    settings: { databaseProxy: 'true' },
    first: [
      ['create aws:rds/proxyTarget:ProxyTarget database', 'update aws:ecs/service:Service api'],
      [
        'create aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule api-to-database-proxy-out',
        'update aws:ecs/service:Service api',
      ],
    ],
  },
  {
    settings: { databaseAuthentication: 'iam' },
    first: [
      ['create aws:iam/rolePolicy:RolePolicy api-task-database', 'update aws:ecs/service:Service api'],
      [takesTokens, 'update aws:ecs/service:Service api'],
    ],
    never: [takesTokens],
  },
  { settings: { valkey: 'off', worker: 'off' }, first: [] },
  { settings: { ecsExec: 'true' }, first: [] },
  {
    settings: {
      mailFrom: 'app@example.com',
      mailIdentityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
    },
    first: [['create aws:iam/rolePolicy:RolePolicy worker-task-mail', 'update aws:ecs/service:Service worker']],
  },
];

/** A change of one of these in place takes a permission or a way from tasks that still run. */
const takenFromTasks =
  /^update aws:(iam\/rolePolicy|vpc\/securityGroup(In|E)gressRule):\S+ (api|worker|load-balancer|database)/;

describe.skipIf(!hasPulumi())('switching a setting of a stack that serves (needs the pulumi CLI)', () => {
  let engine: Engine;
  const update = async () => {
    const { exitCode, output } = await engine.run('up', '--yes', '--skip-preview', '--stack', 'staging');
    expect(exitCode, output).toBe(0);
    return engine.journal();
  };

  beforeAll(async () => {
    engine = await startEngine();
    await engine.run('config', 'set', 'release', release, '--stack', 'staging');
    await engine.run('config', 'set', 'databaseInstanceClass', 'db.t4g.medium', '--stack', 'staging');
    await update();
  }, 5 * minutes);

  afterAll(() => engine?.close());

  it.each(switches)('makes before it breaks, on and off: $settings', { timeout: 6 * minutes }, async (given) => {
    for (const [key, value] of Object.entries(given.settings)) {
      await engine.run('config', 'set', key, value, '--stack', 'staging');
    }
    const on = await update();
    for (const [needed, by] of given.first)
      expect(order(on, needed), `${needed} before ${by}`).toBeLessThan(order(on, by));
    expectNothingTakenEarly(on);

    for (const key of Object.keys(given.settings)) await engine.run('config', 'rm', key, '--stack', 'staging');
    const off = await update();
    expectNothingTakenEarly(off);
    expect(off.filter((entry) => given.never?.includes(entry))).toEqual([]);
  });
});

/** Position of the entry; a missing one fails. */
function order(journal: readonly string[], entry: string): number {
  expect(journal).toContain(entry);
  return journal.indexOf(entry);
}

/** Nothing is deleted, and nothing narrowed in place, before the last service has moved to its new tasks. */
function expectNothingTakenEarly(journal: readonly string[]): void {
  const isDelete = (entry: string) => entry.startsWith('delete ');
  const moved = journal.findLastIndex((entry) => /^(create|update) aws:ecs\/service:/.test(entry));

  expect(journal.filter((entry) => takenFromTasks.test(entry))).toEqual([]);
  expect(journal.slice(0, moved + 1).filter(isDelete)).toEqual([]);
}
