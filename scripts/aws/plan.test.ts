import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Release } from '../../infra/release/release.ts';
import type { Change } from '../pulumi/engine-events.ts';
import type { ExtraConfig } from '../pulumi/stack-config.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import { copyOfFixtureProject } from '../testing/fixture-project.ts';
import type { AwsClients } from './clients.ts';
import { makePlan, type PlanRequest } from './plan.ts';

const release: Release = {
  version: '1.0.0-0123456789ab',
  image: 'registry.invalid/api@sha256:0',
  digest: `sha256:${'0'.repeat(64)}`,
  commit: 'unknown',
  migrations: [],
};

const changeOf = (type: string, name = 'api'): Change => {
  const urn = `urn:pulumi:prod::nest-fargate::${type}::${name}`;
  return { urn, type, op: 'update', subject: `${type} api`, properties: [], custom: true };
};
const service = changeOf('aws:ecs/service:Service');
const logGroup = changeOf('aws:cloudwatch/logGroup:LogGroup');

/** What is planned for prod under canary, and with which configuration it was previewed. */
async function planned(
  asked: Pick<PlanRequest, 'pinned' | 'skipBakes'>,
  {
    bakesSkipped,
    changes,
  }: { readonly bakesSkipped: boolean; readonly changes: (skips: boolean) => readonly Change[] },
) {
  const projectDirectory = copyOfFixtureProject();
  const stackFile = join(projectDirectory, 'Pulumi.prod.yaml');
  writeFileSync(stackFile, `${readFileSync(stackFile, 'utf8')}\n  nest-fargate:deploymentStrategy: canary\n`);
  const skips: boolean[] = [];
  const outputs = { url: '', repository: '', release, pin: release, bakesSkipped };
  const stack = { urn: 'urn:pulumi:prod::nest-fargate::pulumi:pulumi:Stack::prod', protect: false };
  const workspace: Pick<PulumiWorkspace, 'exists' | 'state' | 'preview'> = {
    exists: async () => true,
    state: async () => ({ resources: [{ ...stack, type: 'pulumi:pulumi:Stack', outputs }], pendingOperations: [] }),
    preview: async (_environment: string, { config }: { readonly config: ExtraConfig }) => {
      const skip = config['nest-fargate:skipBakes'] === 'true';
      skips.push(skip);
      return changes(skip);
    },
  };
  const request = { ...asked, projectDirectory, environment: 'prod' };
  const details = await makePlan({
    ...request,
    workspace: workspace as PulumiWorkspace,
    clients: {} as AwsClients,
  });
  return {
    ...{ skips, config: details.config['nest-fargate:skipBakes'], changes: details.plan.changes.length },
    newRoles: details.newRoles,
  };
}

it('a rollback is planned without bake times, a promotion with them', async () => {
  const changes = () => [service];
  const before = { bakesSkipped: false, changes };
  expect(await planned({ pinned: release, skipBakes: true }, before)).toMatchObject({ skips: [true], config: 'true' });
  expect(await planned({ pinned: release }, before)).toMatchObject({ skips: [false], config: undefined });
});

it('an up after a rollback leaves its services as they are while nothing of them changes', async () => {
  const changes = (skips: boolean) => (skips ? [logGroup] : [logGroup, service]);
  const up = await planned({ pinned: undefined }, { bakesSkipped: true, changes });
  expect(up).toMatchObject({ skips: [true], config: 'true', changes: 1 });
});

it('an up after a rollback that changes a service follows the deployment strategy', async () => {
  const up = await planned({ pinned: undefined }, { bakesSkipped: true, changes: () => [logGroup, service] });
  expect(up).toMatchObject({ skips: [true, false], config: undefined, changes: 2 });
});

it('an up after a promotion follows the deployment strategy', async () => {
  const up = await planned({ pinned: undefined }, { bakesSkipped: false, changes: () => [service] });
  expect(up).toMatchObject({ skips: [false], config: undefined, changes: 1 });
});

it.each<[string, readonly Change[], boolean]>([
  ['creates the role of a workflow', [{ ...changeOf('aws:iam/role:Role', 'ci-deploy'), op: 'create' }], true],
  ['changes what it may do', [changeOf('aws:iam/role:Role', 'ci-deploy'), changeOf('aws:iam/policy:Policy')], false],
  ['creates the role of a task', [{ ...changeOf('aws:iam/role:Role', 'api-task'), op: 'create' }], false],
  ['creates a policy', [{ ...changeOf('aws:iam/policy:Policy', 'ci-read'), op: 'create' }], false],
])('an update that %s: are its roles new?', async (_what, changes, newRoles) => {
  expect(await planned({ pinned: release }, { bakesSkipped: false, changes: () => changes })).toMatchObject({
    newRoles,
  });
});
