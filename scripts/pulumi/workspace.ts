import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GlobalOpts,
  LocalWorkspace,
  type PulumiCommand,
  Stack,
  type UpdateSummary,
} from '@pulumi/pulumi/automation/index.js';
import { parse } from 'yaml';
import { z } from 'zod';
import { loginKeys } from '../../infra/foundation/credentials.ts';
import { createLogFile } from '../messages/log-file.ts';
import { UserError } from '../messages/user-error.ts';
import { type Adoption, type Component, importFile } from './adoption.ts';
import { CliFailure, findCli, type OwnGroupCli } from './cli.ts';
import { keepingForm, type StackFile } from './encryption-keys.ts';
import { type Change, EngineListener } from './engine-events.ts';
import { EngineProcesses } from './engine-processes.ts';
import { hasJobCredentials } from './job-credentials.ts';
import { type LockHolder, readLocks } from './locks.ts';
import { explainCliFailure } from './problems.ts';
import { type ExtraConfig, secretsProviderOf, withConfigFile } from './stack-config.ts';
import { parseExport, type StackState, withOtherId } from './stack-export.ts';
import { thisMachine } from './this-machine.ts';

/** Where a CLI runs, and with what. */
export interface EnginePlace {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  /** The process's own; the CLI gets them all, and `STACK_PULUMI_DIR` says where it is when it is not on PATH. */
  readonly environmentVariables: Readonly<Record<string, string | undefined>>;
}

export interface WorkspaceOptions extends EnginePlace, Omit<StackFile, 'environment'> {
  /** Is asked before each operation that changes an environment; rejects to stop it. */
  readonly beforeChange?: (environment: string) => Promise<void>;
}

export interface OperationOptions {
  readonly config?: ExtraConfig;
  /** Kept in Pulumi's history. */
  readonly message?: string;
  readonly say?: (line: string) => void;
  /** Stops gracefully: what is in flight ends, nothing new starts. */
  readonly signal?: AbortSignal;
  /** Refreshes the state from the platform first, because it cannot be trusted. */
  readonly refresh?: boolean;
}

export interface UpdateResult {
  /** Number of resources by operation. */
  readonly counts: Readonly<Record<string, number>>;
  readonly changes: readonly Change[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** One project's stacks through the Pulumi CLI and the backend that the user is logged in to. Rejects with UserErrors. */
export class PulumiWorkspace {
  readonly #options: WorkspaceOptions;
  readonly #processes: EngineProcesses;
  #say: (line: string) => void = () => undefined;
  #opened: Promise<{ cli: OwnGroupCli; workspace: LocalWorkspace }> | undefined;

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#processes = new EngineProcesses(options.ownDirectory ?? options.projectDirectory, thisMachine);
  }

  async cliVersion(): Promise<string> {
    return (await this.#open()).cli.version?.toString() ?? 'unknown';
  }

  async projectName(): Promise<string> {
    const file = await readFile(join(this.#options.projectDirectory, 'Pulumi.yaml'), 'utf8');
    return z.object({ name: z.string() }).parse(parse(file)).name;
  }

  /** The user and the backend that is logged in to. */
  async whoAmI(): Promise<{ user: string; url: string }> {
    const { user, url } = await this.#call('', ({ workspace }) => workspace.whoAmI());
    return { user, url: url ?? '' };
  }

  async exists(environment: string): Promise<boolean> {
    return (await this.stacks(environment)).includes(environment);
  }

  /** Names of this project's stacks, without the organization. */
  async stacks(environment = ''): Promise<readonly string[]> {
    const stacks = await this.#call(environment, ({ workspace }) => workspace.listStacks());
    return stacks.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));
  }

  /** Creates the stack without selecting it: the selection is the user's. */
  async create(environment: string): Promise<void> {
    await this.#options.beforeChange?.(environment);
    const provider = await secretsProviderOf(this.#options.projectDirectory, environment);
    const args = ['stack', 'init', environment, '--no-select'];
    await this.#call(environment, ({ cli, workspace }) =>
      cli.run(provider === undefined ? args : [...args, '--secrets-provider', provider], workspace.workDir, {}),
    );
  }

  /** The outputs of the last successful update. */
  async outputs(environment: string): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.#call(environment, ({ workspace }) => workspace.stackOutputs(environment));
    return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
  }

  /** Resources and interrupted operations, as the backend has them. */
  async state(environment: string): Promise<StackState> {
    const { stdout } = await this.#call(environment, ({ cli, workspace }) =>
      cli.run(['stack', 'export', '--stack', environment], workspace.workDir, {}),
    );
    return parseExport(stdout);
  }

  /** Newest first. On a self-managed backend, without updates that were killed. */
  async history(environment: string, limit: number): Promise<readonly UpdateSummary[]> {
    return this.#call(environment, ({ workspace }) => stackOf(workspace, environment).then((s) => s.history(limit, 1)));
  }

  /** Decrypts the stack's secrets as an update would. Rejects with `PASSPHRASE_WRONG` where that fails. */
  async decryptSecrets(environment: string): Promise<void> {
    await this.#call(environment, ({ cli, workspace }) =>
      cli.run(['stack', 'export', '--show-secrets', '--stack', environment], workspace.workDir, {}),
    );
  }

  /** Who is updating the stack; `undefined` if the backend reports it only to an update. */
  async locks(environment: string): Promise<readonly LockHolder[] | undefined> {
    const { url } = await this.whoAmI();
    return readLocks(url, await this.projectName(), environment);
  }

  /** Whether a lock is that of an operation that was started from this project on this machine, and is dead. */
  isLeftBehind(environment: string, holder: LockHolder): boolean {
    return this.#processes.isLeftBehind(environment, holder);
  }

  /** Removes the lock of an update that died. Dangerous while it lives. */
  async cancel(environment: string): Promise<void> {
    await this.#options.beforeChange?.(environment);
    await this.#call(environment, ({ cli, workspace }) =>
      cli.run(['cancel', '--yes', '--stack', environment], workspace.workDir, {}),
    );
  }

  async preview(environment: string, options: OperationOptions = {}): Promise<readonly Change[]> {
    const { listener } = await this.#operate(environment, options, (stack, given) =>
      stack.preview({ ...given, ...this.#policy() }),
    );
    return listener.changes;
  }

  async up(environment: string, options: OperationOptions = {}): Promise<UpdateResult> {
    await this.#options.beforeChange?.(environment);
    const { result, listener } = await this.#operate(environment, options, (stack, given) =>
      stack.up({ ...given, ...message(options), ...this.#policy() }),
    );
    const { result: outcome, resourceChanges } = result.summary;
    if (outcome !== 'succeeded') {
      throw new UserError({ code: 'UPDATE_FAILED', message: `Pulumi's history says that the update ${outcome}.` });
    }
    return {
      counts: resourceChanges ?? {},
      changes: listener.changes,
      outputs: Object.fromEntries(Object.entries(result.outputs).map(([key, { value }]) => [key, value])),
    };
  }

  /**
   * Refreshes every resource from the platform. Interrupted creations are dropped from the state: if the resource was
   * created nonetheless, the next update reports that it already exists.
   */
  async refresh(environment: string, options: OperationOptions = {}): Promise<void> {
    await this.#options.beforeChange?.(environment);
    await this.#operate(environment, options, (stack, given) =>
      stack.refresh({ ...given, ...message(options), clearPendingCreates: true }),
    );
  }

  /**
   * Takes resources into the state that exist without it, below components that are made for them where the state has
   * none. The next update gives them what the program says of them.
   *
   * `pulumi refresh --import-pending-creates` is no way to do it: CLI 3.270 drops what it is given from the state.
   */
  async adopt(
    environment: string,
    adoptions: readonly Adoption[],
    components: readonly Component[],
    options: OperationOptions = {},
  ): Promise<void> {
    const state = await this.state(environment);
    const file = importFile(adoptions, state, components, await this.#providerVersions());
    await this.#options.beforeChange?.(environment);
    await this.#operate(environment, options, (stack, { color, suppressOutputs, configFile }) => {
      const given = { color, suppressOutputs, ...(configFile === undefined ? {} : { configFile }) };
      return stack.import({ ...file, ...given, ...message(options), protect: false, generateCode: false });
    });
  }

  /**
   * Makes the one resource of a type be another one that exists, by its id in the provider, and reads it. The engine then
   * sees what depends on it change, as if it had been replaced, but replaces and deletes nothing.
   */
  async pointTo(environment: string, type: string, id: string, options: OperationOptions = {}): Promise<void> {
    await this.#options.beforeChange?.(environment);
    const { stdout } = await this.#call(environment, ({ cli, workspace }) =>
      cli.run(['stack', 'export', '--stack', environment], workspace.workDir, {}),
    );
    const { text, urn } = withOtherId(stdout, type, id);
    const folder = await mkdtemp(join(tmpdir(), 'stack-state-'));
    try {
      const file = join(folder, 'state.json');
      await writeFile(file, text, { mode: 0o600 });
      await this.#call(environment, ({ cli, workspace }) =>
        cli.run(['stack', 'import', '--stack', environment, '--file', file], workspace.workDir, {}),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await this.#operate(environment, options, (stack, given) =>
      stack.refresh({ ...given, ...message(options), target: [urn] }),
    );
  }

  /**
   * How the state differs from the platform; changes neither.
   *
   * @param unread resource types that the platform is not asked about
   */
  async drift(environment: string, unread: readonly string[] = []): Promise<readonly Change[]> {
    const { resources } = unread.length === 0 ? { resources: [] } : await this.state(environment);
    const exclude = resources.filter(({ type }) => unread.includes(type)).map(({ urn }) => urn);
    const { listener } = await this.#operate(environment, {}, (stack, given) =>
      stack.previewRefresh({ ...given, ...(exclude.length === 0 ? {} : { exclude }) }),
    );
    return listener.changes;
  }

  async destroy(environment: string, options: OperationOptions = {}): Promise<void> {
    await this.#options.beforeChange?.(environment);
    await this.#operate(environment, options, (stack, given) => stack.destroy({ ...given, ...message(options) }));
  }

  /** Removes a stack that has no resources, with its history. Its stack file stays. */
  async remove(environment: string): Promise<void> {
    await this.#options.beforeChange?.(environment);
    await this.#call(environment, ({ cli, workspace }) =>
      cli.run(['stack', 'rm', environment, '--yes', '--preserve-config'], workspace.workDir, {}),
    );
  }

  async #operate<T>(
    environment: string,
    options: OperationOptions,
    run: (stack: Stack, given: GlobalOpts & OperationInput) => Promise<T>,
  ): Promise<{ result: T; listener: EngineListener }> {
    const say = options.say ?? (() => undefined);
    const listener = new EngineListener(say);
    const { config = {}, refresh, signal } = options;
    this.#say = say;
    signal?.addEventListener('abort', () => say('stopping: what is in flight ends first'), { once: true });
    const without = hasJobCredentials(this.#options.environmentVariables) ? loginKeys : [];
    const result = await this.#call(
      environment,
      async ({ workspace }) =>
        await withConfigFile({ ...this.#options, environment }, { extra: config, without }, async (configFile) =>
          run(await stackOf(workspace, environment), {
            color: 'never',
            suppressOutputs: true,
            onEvent: listener.onEvent,
            ...(configFile === undefined ? {} : { configFile }),
            ...(refresh === true ? { refresh } : {}),
            ...(signal === undefined ? {} : { signal }),
          }),
        ),
      { listener, ...(signal === undefined ? {} : { signal }) },
    );
    return { result, listener };
  }

  #createLog(args: readonly string[]): string {
    const { projectDirectory, ownDirectory = projectDirectory } = this.#options;
    const path = createLogFile(ownDirectory, `${stackIn(args)}-pulumi-${args[0]}`);
    this.#say(`Pulumi writes to ${path}`);
    return path;
  }

  /** By the names of their packages in Pulumi: a program takes its providers in the versions of their SDKs. */
  async #providerVersions(): Promise<Readonly<Record<string, string>>> {
    const text = await readFile(join(this.#options.projectDirectory, 'package.json'), 'utf8');
    const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(text));
    return Object.fromEntries(
      Object.entries(dependencies)
        .filter(([name]) => name.startsWith('@pulumi/'))
        .map(([name, version]) => [name.slice('@pulumi/'.length), version]),
    );
  }

  /** The project's policy pack, which the engine checks before it changes anything. */
  #policy(): { policyPacks?: string[] } {
    const pack = join(this.#options.projectDirectory, 'infra', 'policy');
    return existsSync(join(pack, 'PulumiPolicy.yaml')) ? { policyPacks: [pack] } : {};
  }

  #open(): Promise<{ cli: OwnGroupCli; workspace: LocalWorkspace }> {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  async #start(): Promise<{ cli: OwnGroupCli; workspace: LocalWorkspace }> {
    const { projectDirectory, environmentVariables } = this.#options;
    const cli = await findCli(environmentVariables, {
      createLog: (args) => this.#createLog(args),
      started: (args, processId) => this.#processes.started(stackIn(args), processId),
      succeeded: (args) => this.#processes.succeeded(stackIn(args)),
    });
    // The workspace uses only `run`, `command` and `version`; the constructor of the class is private.
    const pulumiCommand: PulumiCommand = cli;
    return { cli, workspace: await LocalWorkspace.create({ workDir: projectDirectory, pulumiCommand }) };
  }

  async #call<T>(
    environment: string,
    run: (opened: { cli: OwnGroupCli; workspace: LocalWorkspace }) => Promise<T>,
    context: { listener?: EngineListener; signal?: AbortSignal } = {},
  ): Promise<T> {
    try {
      const opened = await this.#open();
      if (environment === '') return await run(opened);
      return await keepingForm({ ...this.#options, environment }, () => run(opened));
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      if (context.signal?.aborted) throw interrupted(environment, context.listener, error);
      throw explainCliFailure(error, context.listener ?? { diagnostics: [] }, environment);
    }
  }
}

interface OperationInput {
  readonly color: 'never';
  readonly suppressOutputs: true;
  readonly onEvent: EngineListener['onEvent'];
  readonly configFile?: string;
  readonly refresh?: boolean;
  readonly signal?: AbortSignal;
}

function stackIn(args: readonly string[]): string {
  return args[args.indexOf('--stack') + 1] ?? '';
}

/** The Automation API selects a stack before it uses it; our calls name their stack instead. */
async function stackOf(workspace: LocalWorkspace, environment: string): Promise<Stack> {
  workspace.selectStack = () => Promise.resolve();
  return Stack.select(environment, workspace);
}

function message(options: OperationOptions): { message?: string } {
  return options.message === undefined ? {} : { message: options.message };
}

function interrupted(environment: string, listener: EngineListener | undefined, cause: CliFailure): UserError {
  const cut = listener?.inFlight ?? [];
  return new UserError({
    code: 'INTERRUPTED',
    message: `Stopped. Pulumi finished what was in flight and recorded it; the lock of ${environment} is released.`,
    remedy: 'Run the command again: it continues where this one stopped.',
    ...(cut.length === 0
      ? {}
      : { details: cut.map(({ op, subject }) => `${op} ${subject} was interrupted`).join('\n') }),
    cause,
  });
}
