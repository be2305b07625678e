import { timelinesOnAws } from '../../infra/contract/timeline.ts';
import { evaluate } from '../../infra/graph/evaluate.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { type App, migrationSourceOf } from '../../infra/manifest/app.ts';
import type { Release } from '../../infra/release/release.ts';
import { readReleaseSource } from '../../infra/release/work-tree.ts';
import { existingResources } from '../../infra/settings/existing.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { estimateCost } from '../cost/estimate.ts';
import { billedKeys } from '../cost/items.ts';
import type { PriceSource } from '../cost/prices.ts';
import { summarizeCost } from '../output/cost-text.ts';
import { groupByComponent, type PreviewDocument, type PreviewRelease } from '../output/preview-document.ts';
import { neededSecretsOf } from '../program/needed-secrets.ts';
import { readEnvironment } from '../program/settings.ts';
import { known } from '../release/known.ts';
import { foreseeRollback } from '../release/rollback-outlook.ts';
import { missingSecrets, type NeededSecret } from '../release/secrets.ts';
import type { Progress, Target } from '../release/target.ts';
import { measuredPhases } from '../release/timings.ts';
import { costChangeBy } from './price-source.ts';

interface Pricing {
  readonly progress: Progress;
  /** `undefined`: nobody asks what the change costs. */
  readonly prices: PriceSource | undefined;
}

/** What `up` would create, read from the program itself. Only target aws is asked what would change. */
export async function preview(
  projectDirectory: string,
  environment: string,
  target: Target,
  { progress, prices }: Pricing,
): Promise<PreviewDocument> {
  const { settings, contract, app } = readEnvironment(projectDirectory, environment);
  const graph = await evaluate(environment, { projectDirectory });
  const components = groupByComponent(graph.resources);
  const { checks, ...numbers } = contract;
  const release = releaseOf(settings, app, projectDirectory);
  const plan = target.kind === 'aws' ? await target.plan(environment) : undefined;
  const costChange = await costChangeBy(prices, { projectDirectory, environment, target, progress });
  const measured = await known(async () => measuredPhases(await target.ledger(environment).list()));
  return {
    release,
    counts: {
      resources: graph.resources.filter(({ custom }) => custom).length,
      components: components.length,
    },
    components,
    contract: { numbers, checks: checks.map(({ id, rule, found }) => ({ id, rule, found })) },
    cost: await costOf(graph, settings.region, prices),
    ...(costChange === undefined ? {} : { costChange }),
    existing: existingResources(settings).map(({ key, what, id, notOurs }) => ({ key, what, id, notOurs })),
    unrealised: await target.unrealised(environment),
    timelines: {
      here: await target.timelines(environment, 'value' in measured ? measured.value : {}),
      ...(target.kind === 'aws' ? {} : { aws: timelinesOnAws(contract, settings) }),
    },
    ...(await rollbackOf(target, environment, settings, plan?.release ?? release)),
    missingSecrets: await missingOn(target, environment, neededSecretsOf({ app, settings })),
    ...(plan === undefined ? {} : { changes: plan.changes }),
  };
}

/** Why the prices are not known stands in the place of the total: what is previewed does not depend on them. */
async function costOf(graph: Graph, region: string, source: PriceSource | undefined): Promise<string> {
  const listed = await known(async () => source?.(region, billedKeys(graph)));
  if ('unknown' in listed) return `not known: ${listed.unknown}`;
  return summarizeCost(estimateCost(graph, region, listed.value?.prices));
}

/** What an environment of promoted releases runs next, no work tree says. */
async function rollbackOf(
  target: Target,
  environment: string,
  { release: { source, pinned } }: Settings,
  next: PreviewRelease | Release,
): Promise<Pick<PreviewDocument, 'rollback'>> {
  const stays = target.kind === 'local' && source === 'promoted' && pinned === undefined;
  const release = { image: '', digest: '', ...next };
  const rollback = await foreseeRollback(target, environment, stays ? undefined : release);
  return rollback === undefined ? {} : { rollback };
}

async function missingOn(target: Target, environment: string, needed: readonly NeededSecret[]) {
  if (needed.length === 0) return [];
  return missingSecrets(needed, await target.secrets(environment).list()).map(({ name }) => name);
}

function releaseOf({ release }: Settings, app: App, projectDirectory: string): PreviewRelease {
  if (release.pinned !== undefined) return { ...release.pinned, pinned: true };
  return {
    ...readReleaseSource(projectDirectory, release.appDirectory, migrationSourceOf(app), app.build),
    pinned: false,
  };
}
