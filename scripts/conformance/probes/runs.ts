import { numbersOf } from '../../../infra/contract/contract.ts';
import { type Process, releaseCommand } from '../../../infra/manifest/app.ts';
import type { ContainerSpec } from '../../local/translate/swarm-service.ts';
import { NotChecked, type Report } from '../report.ts';
import type { Trial } from '../trial.ts';
import { areJson } from './container.ts';
import { writable, writtenBy } from './writes.ts';

/** For a release command, which has no limit of its own. */
const releaseSeconds = 120;
const shownLines = 5;

/** What runs on a schedule is run once; what somebody starts is for them to start. */
export async function checkRuns(trial: Trial, report: Report): Promise<void> {
  for (const { name, container, schedule } of trial.rendered.stacks.jobs) {
    const prefix = `${name}: `;
    if (schedule === undefined) {
      await report.check(`${prefix}runs to its end`, async () => {
        throw new NotChecked('it runs when somebody starts it, with the arguments that they give it');
      });
      continue;
    }
    const seconds = numbersOf(trial.contract, name).shutdownTimeoutSeconds;
    let lines: readonly string[] | undefined;
    await report.check(`${prefix}runs to its end`, async () => {
      const run = await runToEnd(trial, name, container, seconds);
      lines = run.lines;
      return run.detail;
    });
    await report.check(`${prefix}logs JSON lines`, async () => {
      if (lines === undefined) throw new NotChecked('it did not run to its end');
      return areJson(lines);
    });
    await report.check(`${prefix}writes to its folders only`, () => writesNothing(trial, name, container, seconds));
  }
}

/** A rollout runs it even when there is nothing to do, and so does a rollback. */
export async function checkReleaseCommand(trial: Trial, report: Report, failed: boolean): Promise<void> {
  const [migration] = trial.rendered.stacks.migrations;
  const name = 'its release command has nothing to do the second time';
  if (trial.app.release === undefined || migration === undefined) {
    return await report.check(name, async () => {
      throw new NotChecked('its manifest has no release command');
    });
  }
  await report.check(name, async () => {
    if (failed) throw new NotChecked('it failed the first time');
    const { detail } = await runToEnd(trial, releaseCommand, migration.container, releaseSeconds);
    return detail;
  });
  await report.check('release command: writes to its folders only', async () => {
    if (failed) throw new NotChecked('it failed');
    return await writesNothing(trial, releaseCommand, migration.container, releaseSeconds);
  });
}

async function runToEnd(
  trial: Trial,
  process: Process,
  container: ContainerSpec,
  seconds: number,
): Promise<{ readonly detail: string; readonly lines: readonly string[] }> {
  const startedAt = performance.now();
  const apart = await trial.startApart({ purpose: process, container });
  try {
    const exitCode = await apart.wait(seconds * 1000);
    const lines = await apart.lines();
    if (exitCode === undefined) throw new NotChecked(`it still ran after ${seconds} s, its longest time`);
    if (exitCode !== 0) throw new Error(`it ended with ${exitCode}: ${lines.slice(-shownLines).join(' ')}`);
    return { detail: `exit code 0 after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`, lines };
  } finally {
    await apart.remove();
  }
}

async function writesNothing(
  trial: Trial,
  process: Process,
  container: ContainerSpec,
  seconds: number,
): Promise<string> {
  const apart = await trial.startApart({ purpose: `${process}-writable`, container: writable(container) });
  try {
    const exitCode = await apart.wait(seconds * 1000);
    const written = await writtenBy(trial, apart, container);
    if (written.length > 0) throw new Error(`it writes to ${written.join(', ')}, and the disk is read-only`);
    if (exitCode !== 0)
      throw new NotChecked(`as root, on a writable disk, it ended with ${exitCode ?? 'no exit code in time'}`);
    return 'it wrote nothing elsewhere';
  } finally {
    await apart.remove();
  }
}
