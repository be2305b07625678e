import { didYouMean } from '../../infra/settings/did-you-mean.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { assertNotFrozen } from './freeze.ts';
import { type RecordingFlow, recordOperation } from './record-operation.ts';
import { type NeededSecret, outdatedNotes, type SecretRow, secretRows } from './secrets.ts';
import type { Target } from './target.ts';

/** What is set, and which tasks have it. No value is read. */
export async function listSecrets(
  target: Target,
  environment: string,
  needed: readonly NeededSecret[],
): Promise<{ readonly rows: readonly SecretRow[]; readonly notes: readonly string[] }> {
  const [kept, observed] = await Promise.all([target.secrets(environment).list(), target.observe(environment)]);
  const rows = secretRows(needed, kept, observed);
  return { rows, notes: outdatedNotes(target.kind, environment, rows) };
}

/** Tasks that start from now on have the value. @returns whether it replaced another one */
export async function setSecret(
  flow: RecordingFlow,
  environment: string,
  needed: readonly NeededSecret[],
  { name, value }: { readonly name: string; readonly value: string },
): Promise<{ readonly replaced: boolean }> {
  const { target } = flow;
  const secret = assertSettable(environment, needed, name);
  assertUsable(name, value);
  await assertNotFrozen(target, environment);
  const store = target.secrets(environment);
  const replaced = (await store.list()).some((kept) => kept.name === secret.name);
  return await recordOperation(flow, environment, { action: 'secrets set', what: secret.name }, async () => {
    await store.set(secret.name, value);
    return { replaced };
  });
}

/** @returns false if there was none */
export async function unsetSecret(
  flow: RecordingFlow,
  environment: string,
  needed: readonly NeededSecret[],
  name: string,
): Promise<boolean> {
  const { target } = flow;
  await assertNotFrozen(target, environment);
  const readers = needed.find((secret) => secret.name === name && secret.arn === undefined)?.readers ?? [];
  const running =
    (await target.observe(environment))?.services.filter((service) => readers.includes(service.name)) ?? [];
  if (running.length > 0) {
    throw new Refusal({
      code: 'SECRET_IN_USE',
      message: `${running.map((service) => service.name).join(' and ')} on ${environment} ${running.length === 1 ? 'reads' : 'read'} ${name}.`,
      rule: 'A task that has to be replaced would not start without it.',
      remedy: `Remove it from the app’s manifest and run \`${stackCommand(target.kind, 'up', environment)}\` first.`,
    });
  }
  const store = target.secrets(environment);
  if (!(await store.list()).some((kept) => kept.name === name)) return false;
  const { removed } = await recordOperation(flow, environment, { action: 'secrets unset', what: name }, async () => ({
    removed: await store.unset(name),
  }));
  return removed;
}

/** @throws UserError unless the manifest has a secret of that name which a person sets */
export function assertSettable(environment: string, needed: readonly NeededSecret[], name: string): NeededSecret {
  const found = needed.find((secret) => secret.name === name);
  if (found?.arn !== undefined) {
    throw new Refusal({
      code: 'SECRET_ELSEWHERE',
      message: `${name} of ${environment} is ${found.arn}, as Pulumi.${environment}.yaml says.`,
      remedy: `Change it there, or remove app:${name} from the stack file to keep a value here.`,
    });
  }
  if (found !== undefined) return found;
  const names = needed.map((secret) => secret.name);
  const near = didYouMean(name, names);
  throw new Refusal({
    code: 'SECRET_UNKNOWN',
    message: `The app’s manifest has no secret ${name} that a person sets.`,
    remedy: `${near === undefined ? '' : `Did you mean ${near}? `}There are: ${names.join(', ') || 'none'}. To add one: secrets: { ${name}: { description: … } }, and name it in a process.`,
  });
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html: 4 KB. */
const largestBytes = 4096;

/** The same on both targets: what is accepted here has to be accepted on AWS. */
function assertUsable(name: string, value: string): void {
  const bytes = Buffer.byteLength(value);
  const problem =
    value === ''
      ? 'is empty'
      : value.includes('\0')
        ? 'has a NUL, which no variable can have'
        : bytes > largestBytes
          ? `has ${bytes} bytes`
          : undefined;
  if (problem === undefined) return;
  throw new UserError({
    code: 'SECRET_VALUE_INVALID',
    message: `The value of ${name} ${problem}.`,
    rule: `A value has from 1 to ${largestBytes} bytes: it becomes a parameter, and a variable.`,
    remedy:
      bytes > largestBytes
        ? 'Keep it in Secrets Manager, and name its ARN in the stack file: docs/your-app.md.'
        : `printf %s "$VALUE" | npm run stack -- secrets set ${name}`,
  });
}
