import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { formatAge } from '../messages/duration.ts';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Paint } from '../output/paint.ts';
import { renderTable } from '../output/table.ts';
import { widthOf } from '../output/wrap.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { RecordingFlow } from '../release/record-operation.ts';
import type { NeededSecret, SecretRow } from '../release/secrets.ts';
import type { Result, Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions, Terminal } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(command));
  // The name first: it is never left out, and the environment is.
  const nameArgument = (sub: Command) => sub.argument('<name>', 'as in the app’s manifest: STRIPE_KEY');
  const given = (sub: Command): TargetOptions => sub.optsWithGlobals<TargetOptions>();
  environmentArgument(
    command.command('list').description('what is set, when it changed, who reads it; never a value'),
  ).action(async (environment: string, _options: object, sub: Command) => {
    await start(given(sub), async ({ terminal, paint }) => await list(terminal, environment, given(sub), paint));
  });
  environmentArgument(
    nameArgument(
      command.command('set').description('set a value, from stdin or from a prompt; tasks that start have it'),
    ),
  ).action(async (name: string, environment: string, _options: object, sub: Command) => {
    await start(given(sub), async ({ terminal }) => await set(terminal, environment, given(sub), name));
  });
  environmentArgument(
    nameArgument(command.command('unset').description('delete a value that no running process reads')),
  ).action(async (name: string, environment: string, _options: object, sub: Command) => {
    await start(given(sub), async ({ terminal }) => await unset(terminal, environment, given(sub), name));
  });
}

async function open(
  terminal: Terminal,
  options: TargetOptions,
  environment: string,
): Promise<{ readonly flow: RecordingFlow; readonly needed: readonly NeededSecret[] }> {
  const { openEnvironmentTarget, whoRuns } = await import('./session.ts');
  const { neededSecrets } = await import('../program/needed-secrets.ts');
  const target = await openEnvironmentTarget(terminal, options, environment);
  const flow = { target, clock: systemClock, by: whoRuns(terminal), newAttemptId: randomUUID };
  return { flow, needed: neededSecrets(terminal.projectDirectory, environment) };
}

async function list(terminal: Terminal, environment: string, options: TargetOptions, paint: Paint): Promise<Result> {
  const startedAt = systemClock.now();
  const { listSecrets } = await import('../release/change-secrets.ts');
  const { flow, needed } = await open(terminal, options, environment);
  const { rows, notes } = await listSecrets(flow.target, environment, needed);
  const missing = rows.filter(({ state }) => state === 'missing');
  const seconds = secondsSince(systemClock, startedAt);
  return {
    json: { environment, target: options.target, secrets: rows, seconds },
    ...(rows.length === 0 ? {} : { text: renderRows(rows, paint, widthOf(terminal.stdout)) }),
    summary: {
      did: `${rows.length} ${rows.length === 1 ? 'secret' : 'secrets'} of ${environment}${missing.length === 0 ? '' : `, ${missing.length} not set`}`,
      ending: rows.length === 0 ? 'nothing' : missing.length + notes.length > 0 ? 'attention' : 'done',
      seconds,
      lines: notes,
      next: missing.map(({ name }) => ({
        command: stackCommand(options.target, 'secrets', 'set', name, environment),
        purpose: 'set it',
      })),
    },
  };
}

function renderRows(rows: readonly SecretRow[], paint: Paint, width?: number): string {
  const now = systemClock.now();
  const cells = rows.map(({ name, state, changedAt, readers, description, arn }) => [
    name,
    state === 'missing' ? paint('red', 'not set') : state === 'named' ? 'ARN, not checked' : 'set',
    changedAt === undefined ? '' : formatAge(now - Date.parse(changedAt)),
    readers.join(', ') || 'nobody',
    arn ?? description ?? 'not in the app’s manifest any more',
  ]);
  return renderTable(['NAME', 'STATE', 'CHANGED', 'READ BY', ''], cells, paint, width).join('\n');
}

async function set(terminal: Terminal, environment: string, options: TargetOptions, name: string): Promise<Result> {
  const startedAt = systemClock.now();
  const { assertSettable, listSecrets, setSecret } = await import('../release/change-secrets.ts');
  const { flow, needed } = await open(terminal, options, environment);
  // Before somebody types a value for nothing.
  assertSettable(environment, needed, name);
  const value = await readValue(terminal, options, `${name} of ${environment}`);
  const { replaced } = await setSecret(flow, environment, needed, { name, value });
  const { notes } = await listSecrets(flow.target, environment, needed);
  const seconds = secondsSince(systemClock, startedAt);
  return {
    json: { environment, target: options.target, name, replaced, seconds },
    summary: {
      did: `${replaced ? 'Changed' : 'Set'} ${name} of ${environment}`,
      seconds,
      lines: notes,
      next: [{ command: stackCommand(options.target, 'secrets', 'list', environment), purpose: 'list what is set' }],
    },
  };
}

async function unset(terminal: Terminal, environment: string, options: TargetOptions, name: string): Promise<Result> {
  const startedAt = systemClock.now();
  const { unsetSecret } = await import('../release/change-secrets.ts');
  const { flow, needed } = await open(terminal, options, environment);
  const removed = await unsetSecret(flow, environment, needed, name);
  const seconds = secondsSince(systemClock, startedAt);
  return {
    json: { environment, target: options.target, name, removed, seconds },
    summary: {
      did: removed ? `Deleted ${name} of ${environment}` : `${environment} had no ${name}`,
      ending: removed ? 'done' : 'nothing',
      seconds,
    },
  };
}

/**
 * From a hidden prompt, or all of stdin without the line break at its end, which `echo` adds. Never from an argument: every
 * user of the machine sees those, and the shell remembers them.
 */
async function readValue({ stdin, stderr, signal }: Terminal, options: TargetOptions, what: string): Promise<string> {
  if (stdin.isTTY !== true) {
    const chunks: Buffer[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }
  if (options.json === true) {
    throw new UserError({
      code: 'SECRET_VALUE_MISSING',
      message: `There is no value for ${what}: --json asks nobody.`,
      remedy: 'Pass it on stdin: printf %s "$VALUE" | npm run stack -- secrets set …',
    });
  }
  const { isCancel, password } = await import('@clack/prompts');
  const { interrupted } = await import('../release/interruption.ts');
  const answer = await password({ message: what, input: stdin, output: stderr, signal });
  if (isCancel(answer)) throw interrupted('Nothing was changed.');
  return answer;
}
