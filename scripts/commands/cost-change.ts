import { evaluate } from '../../infra/graph/evaluate.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { readConfig } from '../../infra/graph/stack-files.ts';
import { type CostChange, compareCosts } from '../cost/difference.ts';
import { estimateCost } from '../cost/estimate.ts';
import { billedKeys } from '../cost/items.ts';
import type { PriceSource } from '../cost/prices.ts';
import { isCommitted, shortCommit } from '../messages/commit.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { UserError } from '../messages/user-error.ts';
import { checkOutProgram } from '../program/check-out.ts';
import { evaluateAt } from '../program/evaluate-elsewhere.ts';
import { hashSettings, readProgramCommit } from '../program/identity.ts';
import { lendManifest } from '../program/lend-manifest.ts';
import { type Known, known } from '../release/known.ts';
import type { LedgerEntry } from '../release/ledger.ts';
import { standing } from '../release/standing.ts';
import type { Progress, Target } from '../release/target.ts';

export interface CostQuestion {
  readonly projectDirectory: string;
  readonly environment: string;
  readonly target: Pick<Target, 'ledger'>;
  readonly prices: PriceSource;
  readonly progress: Progress;
}

/**
 * Compares this work tree's program and settings with those that the running release was deployed with. These are checked
 * out and evaluated, unless the ledger says that they are the same. Why it is not known is a result, never an error of the
 * command that asks.
 */
export async function readCostChange(question: CostQuestion): Promise<Known<CostChange>> {
  const { projectDirectory, environment, target, prices } = question;
  return known(async () => {
    const running = standing(await target.ledger(environment).list());
    const region = regionOf(projectDirectory, environment);
    const graph = await evaluate(environment, { projectDirectory });
    if (running === undefined) {
      const listed = await prices(region, billedKeys(graph));
      return compareCosts({ region, lines: [], notPriced: [] }, estimateCost(graph, region, listed.prices));
    }
    const since = running.release.version;
    if (await isSame(question, running)) {
      const same = estimateCost(graph, region);
      return { ...compareCosts(same, same), since };
    }
    const earlier = await evaluateEarlier(question, running);
    if (earlier.region !== region) throw unlike(`${since} runs in ${earlier.region}, and prices are those of a region`);
    const listed = await prices(region, new Set([...billedKeys(earlier.graph), ...billedKeys(graph)]));
    const estimate = (of: Graph) => estimateCost(of, region, listed.prices);
    return { ...compareCosts(estimate(earlier.graph), estimate(graph)), since };
  });
}

async function isSame({ projectDirectory, environment }: CostQuestion, running: LedgerEntry): Promise<boolean> {
  return (
    isCommitted(running.programCommit) &&
    running.programCommit === (await readProgramCommit(projectDirectory)) &&
    running.settingsHash === hashSettings(projectDirectory, environment)
  );
}

async function evaluateEarlier(
  { projectDirectory, environment, progress }: CostQuestion,
  { programCommit, settingsHash, release }: LedgerEntry,
): Promise<{ readonly graph: Graph; readonly region: string }> {
  if (!isCommitted(programCommit)) throw unlike(`the program that ${release.version} runs with was never committed`);
  const program = await checkOutProgram(projectDirectory, programCommit, progress);
  try {
    await lendManifest(projectDirectory, program.directory, environment, progress);
    if (hashSettings(program.directory, environment) !== settingsHash) {
      throw unlike(`${release.version} runs with other settings than commit ${shortCommit(programCommit)} has`);
    }
    const graph = await evaluateAt(program.directory)(environment, { projectDirectory: program.directory });
    return { graph, region: regionOf(program.directory, environment) };
  } catch (error) {
    // Such as settings that were renamed since: the program has errors of its own for them.
    throw userErrorOf(error) ?? error;
  } finally {
    await program.remove();
  }
}

function regionOf(projectDirectory: string, environment: string): string {
  return readConfig(projectDirectory, environment)['aws:region'] ?? '';
}

function unlike(message: string): UserError {
  return new UserError({ code: 'COST_CHANGE_UNKNOWN', message: `${message}.` });
}
