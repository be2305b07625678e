import { UserError } from '../messages/user-error.ts';
import { passphraseMissing } from './problems.ts';
import { secretsProviderOf } from './stack-config.ts';
import type { EnginePlace, PulumiWorkspace } from './workspace.ts';

/**
 * Reads the stack's secrets as an update would, or, where there is no stack yet, checks that one can be created.
 * Rejects with `PASSPHRASE_MISSING`, `PASSPHRASE_WRONG`, or with what a key provider refuses.
 * @returns what the secrets are encrypted with
 */
export async function assertSecretsReadable(
  workspace: Pick<PulumiWorkspace, 'exists' | 'decryptSecrets' | 'whoAmI'>,
  environment: string,
  { projectDirectory, environmentVariables }: EnginePlace,
): Promise<string> {
  const provider = (await secretsProviderOf(projectDirectory, environment)) ?? 'passphrase';
  const { url } = await workspace.whoAmI();
  // Pulumi Cloud encrypts with a key of its own.
  const inCloud = provider === 'passphrase' && url.startsWith('https:');
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = environmentVariables;
  if (provider === 'passphrase' && !inCloud && passphrase === undefined && (file ?? '') === '') {
    throw new UserError(passphraseMissing(environment));
  }
  const how = inCloud ? 'Pulumi Cloud' : provider;
  if (!(await workspace.exists(environment))) return `${how}, for a new stack`;
  await workspace.decryptSecrets(environment);
  return how;
}
