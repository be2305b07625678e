import type { Command } from 'commander';
import { usageCode } from '../messages/exit-code.ts';
import { promotionsTo, stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { verified } from '../messages/verified.ts';
import { paintFor } from '../output/paint.ts';
import { renderPromotion } from '../output/proposal.ts';
import type { PromotionChain } from '../program/promotion-chain.ts';
import type { PromoteResult } from '../release/promote.ts';
import type { Result, Start } from './definition.ts';
import { changePricesOption, collect, jsonOption, type PricesOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface PromoteOptions extends TargetOptions, PricesOption {
  readonly from?: string;
  readonly to?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly acceptContract: readonly string[];
  readonly acceptLoss: readonly string[];
  readonly acceptUnknownMigrations?: true;
  readonly acceptRolledBack?: string;
  readonly oneWay?: string;
  readonly allowDirty?: string;
  readonly acceptExpiring?: true;
}

export function define(command: Command, start: Start): void {
  changePricesOption(jsonOption(targetOption(command)))
    .argument('[environment]', 'environment to promote to (default: the only one whose stack file has promoteFrom)')
    .option('--from <environment>', 'environment on which the release was verified (default: promoteFrom)')
    .option('--to <environment>', 'the same as the argument')
    .option('--yes', 'skip the confirmation')
    .option('--dry-run', 'show what would change and exit')
    .option(
      '--accept-contract <migration>',
      'accept a contract migration by name: what runs no longer uses what it removes (repeatable)',
      collect,
      [],
    )
    .option('--accept-loss <name>', 'migrations: promote a release that has none any more', collect, [])
    .option('--accept-unknown-migrations', 'promote although nobody knows whether what runs fits the schema afterwards')
    .option('--one-way <reason>', 'promote a release after which there is no rollback, and say why')
    .option('--accept-rolled-back <reason>', 'promote a release that is on hold, and say why')
    .option(
      '--allow-dirty <reason>',
      'promote a release built from uncommitted changes or without a known commit, and say why',
    )
    .option('--accept-expiring', 'promote although one of the two environments expires')
    .action(async (named: string | undefined, options: PromoteOptions) => {
      await start(options, async ({ terminal, progress, show }) => {
        const { promote } = await import('../release/promote.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const { assertEnvironment } = await import('../program/environments.ts');
        const { readPromotionChain } = await import('../program/promotion-chain.ts');
        const { comparableSettings } = await import('./settings.ts');
        const chain = await readPromotionChain(terminal.projectDirectory);
        const to = destinationOf(named, options) ?? chain.destination();
        await assertEnvironment(terminal.projectDirectory, to);
        const from = options.from ?? chain.requirePredecessor(to);
        await assertEnvironment(terminal.projectDirectory, from);
        if (options.acceptExpiring !== true) assertLasting(chain, from, to);
        const { costChangeBy, priceSource } = await import('./price-source.ts');
        const prices = await priceSource(terminal, to, options);
        const flow = await openEnvironmentFlow(terminal, options, progress, to, from);
        const { projectDirectory } = terminal;
        const costChange = await costChangeBy(prices, { ...flow, projectDirectory, environment: to });
        const result = await promote(flow, {
          from,
          to,
          yes: options.yes === true,
          dryRun: options.dryRun === true,
          acceptContract: options.acceptContract,
          acceptLoss: options.acceptLoss,
          acceptUnknownMigrations: options.acceptUnknownMigrations === true,
          ...reasons(options),
          settings: async (environment) => comparableSettings(terminal.projectDirectory, environment),
          present: async (proposal) => await show(renderPromotion(proposal, paintFor(terminal.stderr), costChange)),
        });
        const described = resultOf(result, options, chain.successors(to));
        return costChange === undefined ? described : { ...described, json: { ...described.json, costChange } };
      });
    });
}

/** What stands in for another environment for some days is no evidence for it, and no place for its releases. */
export function assertLasting(chain: Pick<PromotionChain, 'expiry'>, from: string, to: string): void {
  for (const environment of [from, to]) {
    const expires = chain.expiry(environment);
    if (expires === undefined) continue;
    throw new Refusal({
      code: 'ENVIRONMENT_EXPIRES',
      message: `${environment} expires at ${expires}, so nothing is promoted ${environment === from ? 'from' : 'to'} it.`,
      rule: 'An environment that expires is smaller than the others, and no part of the chain of promotion.',
      remedy: 'Promote between environments that last, or add --accept-expiring.',
    });
  }
}

/** @throws UserError `USAGE` when both forms name different environments */
function destinationOf(named: string | undefined, { to }: PromoteOptions): string | undefined {
  if (named === undefined || to === undefined || named === to) return named ?? to;
  throw new UserError({
    code: usageCode,
    message: `The promotion has two destinations: ${named} as its argument, and --to ${to}.`,
    remedy: 'Omit --to.',
  });
}

function reasons({ acceptRolledBack, allowDirty, oneWay }: PromoteOptions) {
  return {
    ...(oneWay === undefined ? {} : { oneWay }),
    ...(acceptRolledBack === undefined ? {} : { acceptRolledBack }),
    ...(allowDirty === undefined ? {} : { allowDirty }),
  };
}

/** @param successors environments that promote from the one that was promoted to */
function resultOf(result: PromoteResult, { target }: PromoteOptions, successors: readonly string[]): Result {
  const { environment, from, url, release, before, changed, unverified, notes = [], dryRun, seconds } = result;
  const { version, image, commit } = release;
  return {
    json: {
      environment,
      from,
      target,
      url,
      release: { version, image, commit },
      before: before?.version ?? null,
      changed,
      unverified: unverified ?? null,
      notes,
      dryRun,
      seconds,
    },
    summary: dryRun
      ? {
          did: `Nothing changed: ${version} would be promoted from ${from} to ${environment}`,
          seconds,
          next: [{ command: stackCommand(target, 'promote', environment, '--from', from), purpose: 'promote it' }],
        }
      : {
          did: `${environment} runs ${version}, promoted from ${from} and ${verified(unverified)}`,
          seconds,
          lines: [url, ...notes],
          next: [
            ...promotionsTo(target, successors),
            ...(before === undefined
              ? []
              : [
                  { command: stackCommand(target, 'rollback', environment), purpose: `roll back to ${before.version}` },
                ]),
            { command: stackCommand(target, 'history', environment), purpose: 'list what ran when' },
          ],
        },
  };
}
