import { asPage, type MaintenancePage } from '../messages/maintenance-page.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import type { Flow } from './flow.ts';
import { type Known, known } from './known.ts';
import type { MaintenanceEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { nothingRuns } from './nothing-runs.ts';
import type { Target } from './target.ts';

/** Who turned it on, since when, and what everybody reads. */
export type Maintenance = MaintenancePage & Pick<MaintenanceEntry, 'by' | 'at'>;

type MaintenanceFlow = Pick<Flow, 'target' | 'clock' | 'by'>;

export interface MaintenanceResult {
  readonly changed: boolean;
  readonly maintenance?: Maintenance;
  /** What of the page the platform cannot say. */
  readonly remarks: readonly string[];
}

/** The maintenance that the ledger says is on. */
export async function readMaintenance(target: Target, environment: string): Promise<Maintenance | undefined> {
  const last = (await target.ledger(environment).maintenances()).at(-1);
  if (last?.on !== true) return undefined;
  const { message, retryAfterSeconds, by, at } = last;
  return { message, retryAfterSeconds, by, at };
}

/**
 * Lets the load balancer answer instead of the app. Tasks run, and are checked, as before. Once more, with another page,
 * replaces the page. A freeze does not stop it: it is for incidents.
 *
 * The ledger is written first: what failed halfway counts as on.
 */
export async function turnOn(
  flow: MaintenanceFlow,
  environment: string,
  asked: MaintenancePage,
): Promise<MaintenanceResult> {
  const { target } = flow;
  const page = asPage(asked);
  return await guarded(target, environment, async () => {
    const shown = await target.operations.showsMaintenance(environment);
    if (shown === undefined) throw nothingRuns(target, environment, 'to put a page in front of');
    const current = await readMaintenance(target, environment);
    const same = current?.message === page.message && current.retryAfterSeconds === page.retryAfterSeconds;
    const maintenance = same ? current : await record(flow, environment, true, page);
    const remarks = await target.operations.showMaintenance(environment, page);
    return { changed: !same || !shown, maintenance, remarks };
  });
}

/** Lets the app answer again. */
export async function turnOff(flow: MaintenanceFlow, environment: string): Promise<MaintenanceResult> {
  const { target } = flow;
  return await guarded(target, environment, async () => {
    const shown = await target.operations.showsMaintenance(environment);
    const current = await readMaintenance(target, environment);
    if (shown === true) await target.operations.hideMaintenance(environment);
    if (current !== undefined) await record(flow, environment, false, { message: '', retryAfterSeconds: 0 });
    return {
      changed: shown === true || current !== undefined,
      ...(current === undefined ? {} : { maintenance: current }),
      remarks: [],
    };
  });
}

/** On this machine `up` writes the same configuration; on AWS the page is no part of the stack, and must not wait for a rollout. */
function guarded<Result>(target: Target, environment: string, run: () => Promise<Result>): Promise<Result> {
  return target.kind === 'local' ? withLock(target, environment, 'maintenance', run) : run();
}

async function record(
  { target, clock, by }: MaintenanceFlow,
  environment: string,
  on: boolean,
  page: MaintenancePage,
): Promise<Maintenance> {
  const entry = { environment, on, ...page, by, at: new Date(clock.now()).toISOString() };
  await target.ledger(environment).appendMaintenance(entry);
  return { ...page, by, at: entry.at };
}

/** Whether maintenance is on, by what its ledger and its platform say. Either is enough: the app may be out of reach. */
export async function isInMaintenance(target: Target, environment: string): Promise<boolean> {
  if ((await readMaintenance(target, environment)) !== undefined) return true;
  return (await target.operations.showsMaintenance(environment)) === true;
}

/** Puts the page back that a change of the load balancer has removed, and says so. */
export async function keepMaintenance(
  { target, progress }: Pick<Flow, 'target' | 'progress'>,
  environment: string,
): Promise<void> {
  const maintenance = await readMaintenance(target, environment);
  if (maintenance === undefined || (await target.operations.showsMaintenance(environment)) !== false) return;
  const { message, retryAfterSeconds } = maintenance;
  await target.operations.showMaintenance(environment, { message, retryAfterSeconds });
  progress.detail('maintenance is on: the load balancer had lost its page, and shows it again');
}

export interface MaintenanceStatus {
  /** What the ledger says; `null`: it is off. */
  readonly recorded: Maintenance | null;
  /** What the load balancer does; `null`: there is none. */
  readonly shown: boolean | null;
}

export function maintenanceStatus(target: Target, environment: string): Promise<Known<MaintenanceStatus>> {
  return known(async () => ({
    recorded: (await readMaintenance(target, environment)) ?? null,
    shown: (await target.operations.showsMaintenance(environment)) ?? null,
  }));
}

/** How ledger and load balancer disagree; `undefined`: they agree, or there is no load balancer. */
export function maintenanceDisagreement({ recorded, shown }: MaintenanceStatus): string | undefined {
  if (shown === true && recorded === null) {
    return 'the load balancer shows a maintenance page that the history does not know';
  }
  if (shown === false && recorded !== null) {
    return `the history says that maintenance is on ${startOf(recorded)}, but the load balancer shows no page`;
  }
  return undefined;
}

/** `since 2026-12-24T… by ada@desk: moving the database` */
export function startOf({ message, by, at }: Maintenance): string {
  return `since ${at} by ${by}: ${message.replace(/\.$/, '')}`;
}

/** Why something was not verified. */
export function unverifiedInMaintenance(kind: Target['kind'], environment: string, version: string): UserError {
  return new UserError({
    code: 'MAINTENANCE_ON',
    message: `${version} runs on ${environment}, and was not verified: maintenance is on, so its load balancer answers instead of the app.`,
    remedy: `\`${stackCommand(kind, 'maintenance', 'off', environment)}\`, then \`${stackCommand(kind, 'verify', environment)}\`.`,
  });
}

/** Rejects with `MAINTENANCE_ON` what needs an answer of the app. */
export async function assertNoMaintenance(target: Target, environment: string): Promise<void> {
  if (!(await isInMaintenance(target, environment))) return;
  throw new Refusal({
    code: 'MAINTENANCE_ON',
    message: `Maintenance is on, so the load balancer of ${environment} answers instead of the app, and nothing can be verified.`,
    remedy: `\`${stackCommand(target.kind, 'maintenance', 'off', environment)}\` first.`,
  });
}
