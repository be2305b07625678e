import type { Command } from 'commander';
import type { Release } from '../../infra/release/release.ts';
import { isCommitted } from '../messages/commit.ts';
import { promotionsTo, stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { verified } from '../messages/verified.ts';
import { describeSource } from '../program/source.ts';
import { secondsSince } from '../release/clock.ts';
import type { Flow } from '../release/flow.ts';
import type { Target } from '../release/target.ts';
import type { UpResult } from '../release/up.ts';
import type { Result, Start } from './definition.ts';
import { collect, environmentArgument, jsonOption, port, seconds, targetOption } from './options.ts';
import type { TargetKind } from './select-target.ts';
import type { TargetOptions } from './session.ts';

interface UpOptions extends TargetOptions {
  readonly dryRun?: true;
  readonly acceptLoss: readonly string[];
  readonly acceptRolledBack?: string;
  readonly oneWay?: string;
  readonly adopt: readonly string[];
  readonly image?: string;
  readonly expires?: number;
  readonly from?: string;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--port <port>', 'port of the load balancer (target local)', port)
    .option(
      '--accept-loss <name>',
      'let this resource lose its data, by its logical name; migrations: the app has none any more (repeatable)',
      collect,
      [],
    )
    .option('--dry-run', 'show what would change and exit')
    .option('--accept-rolled-back <reason>', 'deploy a release that is on hold, and say why')
    .option('--one-way <reason>', 'deploy a release after which there is no rollback, and say why')
    .option('--image <image>', 'deploy this image, which was built elsewhere, instead of building one')
    .option('--expires <duration>', 'make a small environment, which prune removes then, or give it more time', seconds)
    .option('--from <environment>', 'whose settings it is made from (default: where the chain of promotion begins)')
    .option('--adopt <name>', 'take over a resource that exists, by its logical name (repeatable)', collect, [])
    .action(async (environment: string, options: UpOptions) => {
      assertAdoptionOnAws(options);
      await start(options, async ({ terminal, progress }) => {
        const { up } = await import('../release/up.ts');
        const { openEnvironmentFlow } = await import('./session.ts');
        const { forgetExpiring, prepareExpiring } = await import('./expiring.ts');
        const { projectDirectory } = terminal;
        const made = await prepareExpiring(terminal, environment, options);
        const flow = await openEnvironmentFlow(terminal, options, progress, environment);
        const image = await imageRelease(flow.target, projectDirectory, environment, options);
        if (options.dryRun === true) {
          try {
            return await planned(flow, environment, options, image);
          } finally {
            if (made) await forgetExpiring(terminal, flow.target, environment);
          }
        }
        const expiring = await expiryOf(flow, projectDirectory, environment);
        const { acceptLoss, acceptRolledBack, adopt, oneWay } = options;
        const result = await up(flow, environment, {
          acceptLoss,
          adopt,
          ...(acceptRolledBack === undefined ? {} : { acceptRolledBack }),
          ...(oneWay === undefined ? {} : { oneWay }),
          ...(image === undefined ? {} : { image }),
        });
        const { readPromotionChain } = await import('../program/promotion-chain.ts');
        // What follows is a hint: a mistake in another environment's file must not fail an `up` that succeeded.
        const chain = await readPromotionChain(terminal.projectDirectory).catch(() => undefined);
        const successors = chain?.successors(environment) ?? [];
        const notes = [
          ...(expiring === undefined ? [] : [`It expires at ${expiring}: then \`stack prune\` removes it.`]),
          ...result.notes,
          ...(await secretNotes(flow.target, terminal.projectDirectory, environment)),
          ...(await ownNotes(flow.target, terminal.projectDirectory, environment)),
        ];
        const docs = await docsOf(terminal.projectDirectory, environment);
        return resultOf(withRemarks({ ...result, notes }, terminal.projectDirectory), options.target, successors, docs);
      });
    });
}

/** Records it before anything exists that would have to be removed. */
async function expiryOf(flow: Flow, projectDirectory: string, environment: string): Promise<string | undefined> {
  const { readExpiring } = await import('../program/expiring-environment.ts');
  const expiring = readExpiring(projectDirectory, environment);
  if (expiring === undefined) return undefined;
  const { recordExpiry } = await import('../release/expiry.ts');
  await recordExpiry(flow, environment, expiring);
  // On this machine a person has set them for this checkout already.
  await flow.target.secrets(environment).borrow(expiring.from);
  return expiring.expires;
}

/** AWS replaces no task because a secret has changed. */
async function secretNotes(target: Target, projectDirectory: string, environment: string): Promise<readonly string[]> {
  const { neededSecrets } = await import('../program/needed-secrets.ts');
  const needed = neededSecrets(projectDirectory, environment);
  if (needed.length === 0) return [];
  const { listSecrets } = await import('../release/change-secrets.ts');
  return (await listSecrets(target, environment, needed)).notes;
}

/** The release of `--image`; `undefined` without it. */
async function imageRelease(
  target: Target,
  projectDirectory: string,
  environment: string,
  { image }: UpOptions,
): Promise<Release | undefined> {
  if (image === undefined) return undefined;
  const { readEnvironment } = await import('../program/settings.ts');
  const { migrationSourceOf } = await import('../../infra/manifest/app.ts');
  const { app, settings } = readEnvironment(projectDirectory, environment);
  if (settings.release.source === 'promoted') {
    throw new Refusal({
      code: 'IMAGE_NOT_PROMOTED',
      message: `${environment} runs promoted releases only, as its setting releaseSource says.`,
      remedy: 'Deploy the image to the environment that it promotes from, and promote it.',
    });
  }
  const built = await target.describeImage(environment, image);
  const migrations =
    migrationSourceOf(app) === 'none' ? [] : [{ name: `what-${built.version}-does`, kind: 'unknown' as const }];
  return { ...built, migrations };
}

/** Nothing is locked, built or changed: another command may change what is found here. */
async function planned(
  flow: Flow,
  environment: string,
  { adopt, target }: UpOptions,
  image: Release | undefined,
): Promise<Result> {
  const startedAt = flow.clock.now();
  flow.progress.step(`Plan ${environment}`);
  const { release, build, changes, losses } = await flow.target.plan(environment, image, { adopt });
  const { version } = release;
  const { foreseeRollback, isOneWay, sayForeseen } = await import('../release/rollback-outlook.ts');
  const rollback = changes.length === 0 ? undefined : await foreseeRollback(flow.target, environment, release);
  const refused = rollback?.after !== undefined && isOneWay(rollback.outlook);
  const lines = [
    ...(build ? [`build ${version}`] : []),
    ...changes,
    ...losses.map(({ name, change }) => `${change}: this loses data; up refuses it without --accept-loss ${name}`),
    ...(rollback === undefined
      ? []
      : [`${sayForeseen(rollback)}${refused ? '; up refuses it without --one-way "<reason>"' : ''}`]),
  ];
  const seconds = secondsSince(flow.clock, startedAt);
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`;
  return {
    json: { environment, target, dryRun: true, version, build, changes, losses, rollback: rollback ?? null, seconds },
    ...(lines.length === 0 ? {} : { text: lines.join('\n') }),
    summary: {
      did:
        lines.length === 0
          ? `up would change nothing: ${environment} runs ${version}`
          : `up would make ${count} on ${environment}; nothing was changed`,
      ending: lines.length === 0 ? 'nothing' : 'done',
      seconds,
      next: [{ command: stackCommand(target, 'up', environment), purpose: 'deploy it' }],
    },
  };
}

/** What the app brings along, or the company has, is missing on target local, and the app may not say so. */
async function ownNotes(target: Target, projectDirectory: string, environment: string): Promise<readonly string[]> {
  const { readSettings } = await import('../program/settings.ts');
  const { hasOwnResources } = await import('../../infra/manifest/load.ts');
  const { existingResources } = await import('../../infra/settings/existing.ts');
  const settings = readSettings(projectDirectory, environment);
  const own = hasOwnResources(projectDirectory, settings.release.appDirectory);
  if (target.kind !== 'local' || (!own && existingResources(settings).length === 0)) return [];
  return (await target.unrealised(environment))
    .filter((line) => /^(the app’s own resources|variables that need them|the existing )/.test(line))
    .map((line) => `Not on target local: ${line}`);
}

/** Paths at which the app documents its API. */
async function docsOf(projectDirectory: string, environment: string): Promise<readonly string[]> {
  const { readEnvironment } = await import('../program/settings.ts');
  const { app } = readEnvironment(projectDirectory, environment);
  return Object.values(app.processes).flatMap(({ http }) => http?.docs ?? []);
}

/** A clean commit of a release that ran already needs no remark, and looking for one takes time. */
function withRemarks(result: UpResult, projectDirectory: string): UpResult {
  const { environment, changed, release, notes } = result;
  if (!changed && isCommitted(release.commit)) return result;
  const built = describeSource(projectDirectory, environment);
  return built?.version === release.version ? { ...result, notes: [...notes, ...built.remarks] } : result;
}

function assertAdoptionOnAws({ adopt, target }: UpOptions): void {
  if (adopt.length === 0 || target === 'aws') return;
  throw new UserError({
    code: 'ADOPT_NOT_LOCAL',
    message: '--adopt is for --target aws.',
    rule: 'Target local knows its resources by what Docker has, not by a state of its own.',
  });
}

function resultOf(
  { environment, url, release, changed, unverified, rollback, notes, seconds }: UpResult,
  target: TargetKind,
  successors: readonly string[],
  docs: readonly string[],
): Result {
  const { version, image, commit } = release;
  const did = changed
    ? `${environment} runs ${version} on target ${target}, ${verified(unverified)}`
    : `Nothing changed: ${environment} already runs ${version} on target ${target}`;
  return {
    json: {
      environment,
      target,
      url,
      release: { version, image, commit },
      changed,
      unverified: unverified ?? null,
      rollback: rollback ?? null,
      notes,
      seconds,
    },
    summary: {
      did,
      ...(unverified === undefined ? {} : { ending: 'attention' as const }),
      seconds,
      lines: [url, ...docs.map((path) => `${new URL(path, url)}  how to use the API`), ...notes],
      next: [
        ...promotionsTo(target, successors),
        { command: stackCommand(target, 'logs', environment), purpose: 'read the logs' },
        ...(target === 'local' ? [{ command: stackCommand(target, 'down', environment), purpose: 'remove it' }] : []),
      ],
    },
  };
}
