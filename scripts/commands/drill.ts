import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { DrillResult, DrillsReport } from '../drill/run-drills.ts';
import { exitCodes, usageCode } from '../messages/exit-code.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { renderDrills } from '../output/drill-text.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { jsonOption, targetOption, wholeNumber } from './options.ts';
import type { TargetOptions, Terminal } from './session.ts';

interface DrillOptions extends TargetOptions {
  readonly all?: true;
  readonly rate: number;
  readonly away: number;
  readonly environment?: string;
  readonly existing?: true;
  readonly sabotage?: true;
  readonly report?: string;
}

const defaultReport = '.stack/drill-report.html';

function rate(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 1000) throw new InvalidArgumentError('Use a whole number from 1 to 1000.');
  return number;
}

function awaySeconds(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 300) throw new InvalidArgumentError('Use a whole number of seconds from 1 to 300.');
  return number;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command))
    .argument('[names...]', 'drills, such as rollout; docs/drills.md lists them')
    .option('--all', 'run all of them, and write a report')
    .option('--rate <number>', 'requests per second', rate, 100)
    .option('--away <seconds>', 'for how long db-away stops Postgres', awaySeconds, 60)
    .option('--environment <name>', 'whose settings hold (default: the one with which the chain of promotion begins)')
    .option('--existing', 'drill the environment that runs, instead of one of the drill’s own')
    .option('--sabotage', 'weaken each drill on purpose: its promise must then be broken')
    .option('--report <file>', `where the report is written, with its JSON beside it (--all: ${defaultReport})`)
    .action(async (names: readonly string[], options: DrillOptions) => {
      await start(options, async ({ terminal, progress }) => {
        assertLocal(options);
        const { chooseDrills, drills } = await import('../drill/drills.ts');
        if (names.length === 0 && options.all !== true) throw nothingChosen(drills.map(({ name }) => name));
        const chosen = chooseDrills(options.all === true ? [] : names);
        const { projectDirectory, variables, signal } = terminal;
        const { runDrills } = await import('../drill/run-drills.ts');
        const environment = await environmentOf(terminal, options);
        const { readEnvironment } = await import('../program/settings.ts');
        const { smokeTestPath } = await import('./verification.ts');
        const { loadJobs, loadJournal } = await import('../release/smoke.ts');
        const { app, settings, contract } = readEnvironment(projectDirectory, environment);
        const smokeTest = smokeTestPath(projectDirectory, environment);
        const jobs = smokeTest === undefined ? undefined : await loadJobs(projectDirectory, smokeTest);
        const startedAt = systemClock.now();
        const report = await runDrills({
          projectDirectory,
          instance: variables['STACK_INSTANCE'] ?? 'nest-fargate',
          facts: {
            environment,
            app,
            settings,
            contract,
            awaySeconds: options.away,
            throwAway: options.existing !== true,
            ...(jobs === undefined ? {} : { jobs }),
          },
          drills: chosen,
          rate: options.rate,
          openJournal: smokeTest === undefined ? undefined : await loadJournal(projectDirectory, smokeTest),
          sabotaged: options.sabotage === true,
          variables,
          progress,
          signal,
        });
        const seconds = secondsSince(systemClock, startedAt);
        return await resultOf(options, report, seconds, variables);
      });
    });
}

/** Prod is on AWS, and so is staging: nothing there is broken on purpose. */
function assertLocal({ target, environment = 'The environment' }: DrillOptions): void {
  if (target === 'local') return;
  throw new Refusal({
    code: 'DRILL_NOT_LOCAL',
    message: `${environment} on target ${target} is not drilled.`,
    rule: 'A drill kills tasks and stops databases on purpose: it runs on this machine only.',
    remedy: `The same settings can be drilled here: ${stackCommand('local', 'drill', '--all')}`,
  });
}

function nothingChosen(names: readonly string[]) {
  return new UserError({
    code: usageCode,
    message: 'No drill is named.',
    rule: `Drills: ${names.join(', ')}.`,
    remedy: `Name some, or run all: ${stackCommand('local', 'drill', '--all')}`,
  });
}

async function environmentOf({ projectDirectory }: Terminal, { environment }: DrillOptions): Promise<string> {
  if (environment === undefined) {
    const { readPromotionChain } = await import('../program/promotion-chain.ts');
    return (await readPromotionChain(projectDirectory)).first();
  }
  const { assertEnvironment } = await import('../program/environments.ts');
  await assertEnvironment(projectDirectory, environment);
  return environment;
}

async function resultOf(
  options: DrillOptions,
  report: DrillsReport,
  seconds: number,
  variables: Terminal['variables'],
): Promise<Result> {
  const { results, environment, throwAway } = report;
  const broken = results.filter(({ outcome }) => outcome === 'broken' || outcome === 'failed');
  const kept = results.filter(({ outcome }) => outcome === 'kept');
  const files = await writeReport(options, report, seconds, variables['STACK_DOCKER']);
  const names = (of: readonly { readonly name: string }[]) => of.map(({ name }) => name).join(', ');
  const did =
    broken.length > 0
      ? `${broken.length} of ${kept.length + broken.length} drills did not keep their promise: ${names(broken)}`
      : kept.length === 0
        ? 'No drill was run'
        : `${kept.length} of ${kept.length} drills kept their promise: ${names(kept)}`;
  return {
    json: { ...report, seconds, ...(files === undefined ? {} : { files }) },
    text: renderDrills(results, options.all === true ? report.unfired : []),
    ...(broken.length > 0 || kept.length === 0 ? { exitCode: exitCodes.failed } : {}),
    summary: {
      did,
      ending: broken.length > 0 ? 'found' : kept.length === 0 ? 'nothing' : 'done',
      seconds,
      lines: [
        throwAway ? `The drill’s own ${environment} is removed.` : `${environment} runs as before the drill.`,
        ...(files === undefined ? [] : [`Report: ${files.html}`]),
      ],
      next: nextOf(options, broken),
    },
  };
}

function nextOf({ all }: DrillOptions, broken: readonly DrillResult[]) {
  const [first] = broken;
  if (first !== undefined) {
    return [{ command: stackCommand('local', 'drill', first.name), purpose: 'run it again alone' }];
  }
  return all === true ? [] : [{ command: stackCommand('local', 'drill', '--all'), purpose: 'run all, with a report' }];
}

async function writeReport(
  options: DrillOptions,
  report: DrillsReport,
  seconds: number,
  dockerExecutable: string | undefined,
) {
  if (options.report === undefined && options.all !== true) return undefined;
  const { describeMachine } = await import('../drill/machine.ts');
  const { renderReport } = await import('../drill/report/page.ts');
  const html = resolve(options.report ?? defaultReport);
  const json = html.replace(/(\.html?)?$/, '.json');
  const machine = await describeMachine(dockerExecutable);
  const written = { ...report, seconds, machine };
  await writeFile(json, `${JSON.stringify(written, null, 1)}\n`);
  await writeFile(html, renderReport(written));
  return { html, json };
}
