import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { FileChange } from '../init/changes.ts';
import type { DockerfileWish, InitPlan, Site, StackWishes } from '../init/plan.ts';
import type { Proposal } from '../init/proposal.ts';
import type { Answers } from '../init/questions.ts';
import { usageCode } from '../messages/exit-code.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import type { Paint } from '../output/paint.ts';
import type { Next } from '../output/summary.ts';
import { TerminalPrompt } from '../output/terminal-prompt.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { Result, Start } from './definition.ts';
import { collect, jsonOption } from './options.ts';
import type { CommonOptions, Terminal } from './session.ts';

interface InitOptions extends CommonOptions {
  readonly from?: 'copilot';
  readonly service?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly overwrite?: true;
  readonly dockerfile?: true;
  readonly region?: string;
  readonly account: readonly string[];
  readonly domain: readonly string[];
  readonly hostedZone: readonly string[];
}

export function define(command: Command, start: Start): void {
  jsonOption(command)
    .argument('[directory]', 'directory of the app, in the project (default: the one that the stack files name)')
    .addOption(
      new Option(
        '--from <tool>',
        'read the manifests of another tool; the directory is then the one above copilot/',
      ).choices(['copilot']),
    )
    .option('--service <name>', 'with --from: the service whose image the stack runs, where there are several images')
    .option('--dockerfile', 'write a Dockerfile beside the app’s own, Dockerfile.stack, and build that one')
    .option('--region <region>', 'region of every environment, such as eu-central-1')
    .option('--account <environment=id>', 'account of an environment (repeatable)', collect, [])
    .option('--domain <environment=name>', 'domain of an environment (repeatable)', collect, [])
    .option('--hosted-zone <environment=id>', 'hosted zone of the domain (repeatable)', collect, [])
    .option('-y, --yes', 'ask nothing: what cannot be seen is marked with CHECK')
    .option('--overwrite', 'replace a manifest that says something else')
    .option('--dry-run', 'show what would be written and exit')
    .action(async (directory: string | undefined, options: InitOptions) => {
      await start(options, async ({ terminal, paint, show, progress }) => {
        const startedAt = systemClock.now();
        const { stdin, stderr, signal } = terminal;
        const prompt = new TerminalPrompt({
          input: stdin,
          output: stderr,
          interactive:
            options.json !== true &&
            options.yes !== true &&
            options.dryRun !== true &&
            stdin.isTTY === true &&
            stderr.isTTY === true,
          quiet: async () => await progress.settle('done'),
          signal,
        });
        const { plan, notes } = await planned(terminal, directory, options, prompt);
        const seconds = () => secondsSince(systemClock, startedAt);
        if (plan.changes.length === 0 || options.dryRun === true)
          return resultOf(plan, notes, options, paint, seconds());
        if (prompt.interactive) await show(differences(plan.changes, paint));
        if (options.yes !== true && !(await prompt.approve(`Write ${namesOf(plan.changes)}?`))) {
          throw new Refusal({ code: 'NOT_APPROVED', message: 'Nothing was written.' });
        }
        if (!prompt.interactive) assertNothingLost(plan, options);
        const { writeChanges } = await import('../init/changes.ts');
        await writeChanges(terminal.projectDirectory, plan.changes);
        return resultOf(plan, notes, options, paint, seconds());
      });
    });
}

async function planned(
  terminal: Terminal,
  directory: string | undefined,
  options: InitOptions,
  prompt: TerminalPrompt,
): Promise<{ readonly plan: InitPlan; readonly notes: readonly string[] }> {
  const { openFolder } = await import('../init/app-folder.ts');
  const { packageFactsOf } = await import('../init/package-facts.ts');
  const { surveyOf } = await import('../init/survey.ts');
  const { planInit, readSite } = await import('../init/plan.ts');
  const { listEnvironments } = await import('../program/environments.ts');
  const { projectDirectory } = terminal;
  const environments = await listEnvironments(projectDirectory);
  const given = wishesOf(options, environments);
  const copilot =
    options.from === 'copilot'
      ? await readFromCopilot(projectDirectory, directory ?? '.', options, environments)
      : undefined;
  const appDirectory = await directoryOf(projectDirectory, copilot?.appDirectory ?? directory);
  const absolute = join(projectDirectory, appDirectory);
  const folder = openFolder(absolute);
  const survey = surveyOf(folder, packageFactsOf(folder, absolute), copilot?.dockerfile);
  const site = readSite(projectDirectory, appDirectory, survey);
  const answers = await answersFrom(site, prompt);
  const dockerfile = await dockerfileWish(site, options, prompt);
  const wishes = await askedWishes({ ...given, ...copilot?.values }, environments, site, prompt);
  const plan = await planInit(site, answers, dockerfile, wishes, copilot?.refine);
  return { plan, notes: [...plan.proposal.notes, ...(copilot?.notes ?? [])] };
}

/** What the manifests of Copilot say of the app, and where its Dockerfile is. */
async function readFromCopilot(
  projectDirectory: string,
  directory: string,
  { service }: InitOptions,
  environments: readonly string[],
): Promise<{
  readonly appDirectory: string;
  readonly dockerfile?: string;
  readonly refine: (proposal: Proposal) => Proposal;
  readonly values: Pick<StackWishes, 'values'>;
  readonly notes: readonly string[];
}> {
  const { readCopilot } = await import('../init/copilot/read.ts');
  const { convertCopilot } = await import('../init/copilot/convert.ts');
  const { valuesFor, withCopilot } = await import('../init/copilot/merge.ts');
  const root = resolve(projectDirectory, directory);
  const conversion = convertCopilot(readCopilot(root), service);
  const { values, notes } = valuesFor(conversion, environments);
  const { appDirectory, dockerfile } = conversion;
  return {
    appDirectory: join(root, appDirectory),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    refine: (proposal) => withCopilot(proposal, conversion),
    values: { values },
    notes,
  };
}

/** In the project, or beside it; the setting `appDirectory` of the first environment where none is named. */
async function directoryOf(projectDirectory: string, directory: string | undefined): Promise<string> {
  const { readSettingValues } = await import('./settings.ts');
  const { listEnvironments } = await import('../program/environments.ts');
  const [first] = await listEnvironments(projectDirectory);
  const set = first === undefined ? undefined : readSettingValues(projectDirectory, first)['appDirectory'];
  const path = resolve(projectDirectory, directory ?? set ?? 'app');
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new UserError({
      code: usageCode,
      message: `There is no directory ${directory ?? set ?? 'app'}.`,
      remedy: 'Put the app into the project, such as my-app/, and run: npx stack init my-app',
    });
  }
  if (!['package.json', 'Dockerfile'].some((file) => existsSync(join(path, file)))) {
    throw new UserError({
      code: 'INIT_NO_APP',
      message: `${directory ?? set ?? 'app'} has neither a package.json nor a Dockerfile.`,
      rule: 'The directory of an app has its package.json; that of a monorepo’s app is the one of its package.',
      remedy: 'Name the directory of the app: npx stack init path/to/app',
    });
  }
  return relative(projectDirectory, path).replaceAll('\\', '/') || '.';
}

async function answersFrom(site: Site, prompt: TerminalPrompt): Promise<Answers> {
  const { openQuestions } = await import('../init/plan.ts');
  if (!prompt.interactive) return {};
  const answers: Partial<Record<string, string>> = {};
  for (const { key, text, fallback = '', wrong } of openQuestions(site)) {
    const answer = await prompt.ask(text, { offered: fallback, wrong });
    if (answer !== '') answers[key] = answer;
  }
  return answers;
}

async function dockerfileWish(site: Site, options: InitOptions, prompt: TerminalPrompt): Promise<DockerfileWish> {
  const { dockerfileBeside, lacksDockerfile, usesDockerfileBeside } = await import('../init/plan.ts');
  if (options.dockerfile === true || usesDockerfileBeside(site)) return 'beside';
  if (!lacksDockerfile(site) || !prompt.interactive) return 'own';
  const written = await prompt.approve(
    `${site.appDirectory} has no Dockerfile. Write one of two stages, without devDependencies, that is not root?`,
  );
  if (written) return 'own';
  throw new Refusal({
    code: 'INIT_DOCKERFILE_MISSING',
    message: `${site.appDirectory} has no Dockerfile, and nothing was written.`,
    remedy: `Write one, called Dockerfile or ${dockerfileBeside}, and run the command again.`,
  });
}

/** Of the options: `staging=api.example.com`. */
function wishesOf({ region, account, domain, hostedZone }: InitOptions, environments: readonly string[]): StackWishes {
  return {
    ...(region === undefined
      ? {}
      : { region: checked('--region', region, /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, such as eu-central-1') }),
    accounts: byEnvironment('--account', account, environments, /^\d{12}$/, 'an account of 12 digits'),
    domains: byEnvironment(
      '--domain',
      domain,
      environments,
      /^([a-z0-9-]+\.)+[a-z]{2,63}$/,
      'a DNS name in lowercase, such as api.example.com',
    ),
    zones: byEnvironment(
      '--hosted-zone',
      hostedZone,
      environments,
      /^Z[A-Z0-9]{5,31}$/,
      'the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ',
    ),
  };
}

function byEnvironment(
  option: string,
  given: readonly string[],
  environments: readonly string[],
  pattern: RegExp,
  rule: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [environment = '', value = ''] = text.split('=', 2);
      if (!environments.includes(environment)) {
        throw new UserError({
          code: usageCode,
          message: `${option} ${text} names no environment.`,
          remedy: `Write ${option} <environment>=<value>, with one of ${environments.join(', ')}.`,
        });
      }
      return [environment, checked(option, value, pattern, rule)];
    }),
  );
}

function checked(option: string, value: string, pattern: RegExp, rule: string): string {
  if (pattern.test(value)) return value;
  throw new UserError({
    code: usageCode,
    message: `${option} is ${JSON.stringify(value)}.`,
    rule: `It must be ${rule}.`,
  });
}

/** Asked once, when the manifest is new: later, the stack files are where these are changed. */
async function askedWishes(
  given: StackWishes,
  environments: readonly string[],
  site: Site,
  prompt: TerminalPrompt,
): Promise<StackWishes> {
  if (!prompt.interactive || site.existing !== undefined) return given;
  const asked = async (question: string, pattern: RegExp, rule: string) =>
    await prompt.ask(question, { wrong: (answer) => (pattern.test(answer) ? undefined : `It must be ${rule}`) });
  const region =
    given.region ??
    (await asked(
      'Region of the environments (empty: as in the stack files)',
      /^[a-z]{2}(-[a-z]+)+-\d$/,
      'a region, such as eu-central-1',
    ));
  const accounts = { ...given.accounts };
  const domains = { ...given.domains };
  const zones = { ...given.zones };
  for (const environment of environments) {
    accounts[environment] ??= await asked(`AWS account of ${environment} (empty: none yet)`, /^\d{12}$/, '12 digits');
    domains[environment] ??= await asked(
      `Domain of ${environment} (empty: none)`,
      /^([a-z0-9-]+\.)+[a-z]{2,63}$/,
      'a DNS name in lowercase',
    );
    if (domains[environment] !== '')
      zones[environment] ??= await asked(
        `Route 53 hosted zone of ${domains[environment]}`,
        /^Z[A-Z0-9]{5,31}$/,
        'the ID of a hosted zone',
      );
  }
  const answered = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  return {
    ...given,
    ...(region === '' ? {} : { region }),
    accounts: answered(accounts),
    domains: answered(domains),
    zones: answered(zones),
  };
}

/** Without a terminal, nobody has seen what would be replaced. */
function assertNothingLost({ overwritten }: InitPlan, { overwrite }: InitOptions): void {
  if (overwritten.length === 0 || overwrite === true) return;
  throw new Refusal({
    code: 'INIT_WOULD_OVERWRITE',
    message: `${overwritten.join(', ')} says something else than what can be seen in the app. Nothing was written.`,
    remedy: 'Look at it with --dry-run, then repeat the command with --overwrite, or on a terminal.',
  });
}

function namesOf(changes: readonly FileChange[]): string {
  return changes.map(({ file }) => file).join(', ');
}

function differences(changes: readonly FileChange[], paint: Paint): string {
  return changes
    .flatMap(({ difference }) => difference.trimEnd().split('\n'))
    .map((line) =>
      line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : paint('dim', line),
    )
    .join('\n');
}

function resultOf(
  plan: InitPlan,
  notes: readonly string[],
  options: InitOptions,
  paint: Paint,
  seconds: number,
): Result {
  const { changes, checks, manifest, proposal, app } = plan;
  const dryRun = options.dryRun === true;
  const secrets = Object.entries(app.secrets ?? {}).flatMap(([name, { generate }]) =>
    generate === true ? [] : [name],
  );
  const next: readonly Next[] = dryRun
    ? []
    : [
        // First: it lists the variables without a value, which stand in the way of everything else.
        { command: 'npm run stack -- preview', purpose: 'see what it comes to, and what is missing' },
        ...secrets.map((name) => ({ command: `npm run stack -- secrets set ${name}`, purpose: 'set it' })),
        { command: 'npm run up', purpose: 'bring it up' },
      ];
  const did =
    changes.length === 0
      ? `${manifest} says what can be seen in the app: nothing to change`
      : `${dryRun ? 'Would write' : 'Wrote'} ${namesOf(changes)}`;
  return {
    json: {
      manifest,
      dryRun,
      changed: changes.length > 0 && !dryRun,
      changes,
      app,
      checks,
      notes,
      leftOut: proposal.leftOut,
      seconds,
    },
    ...(dryRun && changes.length > 0 ? { text: differences(changes, paint) } : {}),
    summary: {
      did,
      ending: changes.length === 0 ? 'nothing' : checks.length + notes.length > 0 ? 'attention' : 'done',
      seconds,
      lines: [
        ...notes.map((note) => `${paint('yellow', '!')} ${note}`),
        ...checks.map((check) => `${paint('yellow', 'CHECK')} ${check}`),
      ],
      next,
    },
  };
}
