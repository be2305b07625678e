import { type FailedCall, toolError } from './failed-tool.ts';
import { Refusal, UserError } from './user-error.ts';

/**
 * The user error behind what was thrown, if there is one. The program in infra/ does not know this CLI and has errors of
 * its own for what a user can fix. They are recognised by name, so that the program need not be loaded.
 */
export function userErrorOf(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (!(error instanceof Error)) return undefined;
  const [first = error.message, ...rest] = error.message.split('\n');
  if (error.name === 'SettingsError' && 'problems' in error) {
    return new Refusal({
      code: 'SETTINGS_INVALID',
      message: first,
      remedy: 'docs/settings.md lists every setting with its rule.',
      details: rest.join('\n'),
      cause: error,
    });
  }
  if (error.name === 'ManifestError' && 'problems' in error) {
    return new Refusal({
      code: 'MANIFEST_INVALID',
      message: first,
      remedy: 'docs/your-app.md explains every field.',
      details: rest.join('\n'),
      cause: error,
    });
  }
  if (error.name === 'ContractError' && 'problems' in error) {
    return new Refusal({
      code: 'CONTRACT_BROKEN',
      message: first,
      remedy: 'Change the settings that are named in the environment’s Pulumi file.',
      details: rest.join('\n'),
      cause: error,
    });
  }
  if (error.name === 'StackFileError') {
    return new Refusal({
      code: 'STACK_FILE_INVALID',
      message: first,
      remedy:
        'remedy' in error && typeof error.remedy === 'string' ? error.remedy : 'Fix the file. Nothing was changed.',
      ...(rest.length === 0 ? {} : { details: rest.join('\n') }),
      cause: error,
    });
  }
  if (error.name === 'ProviderConfigError') {
    return new Refusal({
      code: 'AWS_PROVIDER_INVALID',
      message: first,
      rule: 'The AWS provider and this CLI must log in to the same account.',
      remedy: 'See https://www.pulumi.com/registry/packages/aws/installation-configuration/',
      details: rest.join('\n'),
      cause: error,
    });
  }
  if (error.name === 'ReleaseSourceError') {
    return new Refusal({ code: 'RELEASE_SOURCE_INVALID', message: error.message, cause: error });
  }
  if (error.name === 'ExecaError') return toolError(callOf(error));
  return undefined;
}

/** Fields of an ExecaError: https://github.com/sindresorhus/execa/blob/main/types/return/result.d.ts */
function callOf(error: Error): FailedCall {
  const { command, stdout, stderr, all, exitCode, signal, timedOut, code } = error as Error & Record<string, unknown>;
  const text = (output: unknown) => (typeof output === 'string' ? output : '');
  return {
    command: text(command).split(' '),
    stdout: text(stdout) === '' ? text(all) : text(stdout),
    stderr: text(stderr),
    exitCode: typeof exitCode === 'number' ? exitCode : undefined,
    signal: typeof signal === 'string' ? signal : undefined,
    timedOut: timedOut === true,
    code: typeof code === 'string' ? code : undefined,
  };
}
