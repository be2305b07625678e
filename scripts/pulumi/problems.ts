import { Refusal, UserError, type UserErrorDetails } from '../messages/user-error.ts';
import type { CliFailure } from './cli.ts';
import type { Diagnostic } from './engine-events.ts';
import { parseLockHolder } from './locks.ts';

interface Known {
  /** Text of the CLI, a provider or the AWS SDK. */
  readonly pattern: RegExp;
  readonly problem: (match: RegExpMatchArray, environment: string) => UserErrorDetails;
}

/** Most specific first: the first match names the problem. */
const known: readonly Known[] = [
  {
    // pkg/backend/diy/lock.go and the Cloud's 409.
    pattern: /the stack is currently locked by[\s\S]*|\[409\] Conflict: Another update is currently in progress/,
    problem: (match, environment) => lockedProblem(match[0], environment),
  },
  {
    pattern: /no stack named '([^']*)' found/,
    problem: (match, environment) => ({
      code: 'STACK_NOT_FOUND',
      message: `The backend has no stack named ${match[1]}.`,
      remedy: `\`stack up ${environment} --target aws\` creates it; \`pulumi whoami -v\` shows the backend in use.`,
    }),
  },
  {
    pattern: /PULUMI_ACCESS_TOKEN must be set|not logged in|\[401\] Unauthorized/i,
    problem: () => ({
      code: 'PULUMI_NOT_LOGGED_IN',
      message: 'Pulumi is not logged in to a backend.',
      rule: 'The state of an environment is in the backend that you are logged in to: an S3 bucket, a folder, or Pulumi Cloud.',
      remedy: 'Run `pulumi login s3://<bucket>` or `pulumi login`, or set PULUMI_BACKEND_URL.',
    }),
  },
  {
    pattern: /passphrase must be set with PULUMI_CONFIG_PASSPHRASE/,
    problem: (_match, environment) => passphraseMissing(environment),
  },
  {
    pattern: /incorrect passphrase/,
    problem: (_match, environment) => ({
      code: 'PASSPHRASE_WRONG',
      message: `The passphrase does not decrypt the secrets of stack ${environment}.`,
      remedy: 'Set PULUMI_CONFIG_PASSPHRASE to the one that the stack was created with.',
    }),
  },
  {
    pattern:
      /no EC2 IMDS role found|failed to refresh cached credentials|No valid credential sources found|Could not load credentials from any providers|ExpiredToken\w*|InvalidClientTokenId|UnrecognizedClientException/,
    problem: (match) => ({
      code: 'AWS_CREDENTIALS',
      message: `There are no AWS credentials, or AWS rejected them (${match[0]}).`,
      remedy: 'Log in (`aws sso login`, AWS_PROFILE, or the CI role) and run the command again.',
    }),
  },
  {
    pattern: /(?:NoSuchBucket|The specified bucket does not exist|unable to open state directory ("[^"]*"))/,
    problem: (match) => ({
      code: 'BACKEND_MISSING',
      message: `The backend's ${match[1] === undefined ? 'bucket' : `folder ${match[1]}`} does not exist.`,
      remedy: 'Create it, or log in to the right one; `pulumi whoami -v` shows the backend in use.',
    }),
  },
  {
    pattern: /(?:AccessDenied\w*|UnauthorizedOperation|is not authorized to perform: (\S+)[^\n]*)/,
    problem: (match) => ({
      code: 'AWS_PERMISSION',
      message:
        match[1] === undefined
          ? 'The AWS credentials lack a permission.'
          : `The AWS credentials lack the permission ${match[1]}.`,
      remedy: 'Grant that permission, or use a role that has it; `stack doctor` shows the role in use.',
    }),
  },
  {
    pattern: /(?:dial tcp \S+: \w+: connection refused|no such host|i\/o timeout)/,
    problem: (match) => ({
      code: 'BACKEND_UNREACHABLE',
      message: `The backend or AWS cannot be reached (${match[0]}).`,
      remedy:
        'Check the network and `pulumi whoami -v`, then run the command again: it continues where this one stopped.',
    }),
  },
];

export function passphraseMissing(environment: string): UserErrorDetails {
  return {
    code: 'PASSPHRASE_MISSING',
    message: `The secrets of stack ${environment} are encrypted with a passphrase and none is set.`,
    remedy: 'Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.',
  };
}

function lockedProblem(text: string, environment: string): UserErrorDetails {
  const holder = parseLockHolder(text);
  const who = holder === undefined ? 'another update' : `${holder.user}@${holder.host} (process ${holder.processId})`;
  return {
    code: 'ENVIRONMENT_LOCKED',
    message: `${environment} is being changed by ${who}${holder === undefined ? '' : ` since ${holder.at}`}.`,
    rule: 'One update at a time: the backend holds a lock while Pulumi changes a stack.',
    remedy: `Wait for it. If that process is dead, \`pulumi cancel --stack ${environment}\` removes the lock.`,
  };
}

/**
 * What went wrong, in the user's terms. `diagnostics` come from the engine and say more than stderr; what the program
 * itself refuses (a wrong setting) is shown as it is, without its stack trace.
 */
export function explainCliFailure(
  failure: CliFailure,
  diagnostics: readonly Diagnostic[],
  environment: string,
): UserError {
  const said = diagnostics.filter(({ message }) => !/^(update|preview|refresh|destroy) failed$/.test(message.trim()));
  const text = [...said.map(({ message }) => message), failure.stderr].join('\n');
  for (const { pattern, problem } of known) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const details = { details: text.trim(), ...problem(match, environment), cause: failure };
    return details.code === 'ENVIRONMENT_LOCKED' ? new Refusal(details) : new UserError(details);
  }
  const refusal = said.map(({ message }) => programRefusal(message)).find((message) => message !== undefined);
  if (refusal !== undefined) {
    return new Refusal({
      code: 'PROGRAM_REFUSED',
      message: refusal,
      remedy: `Fix it in Pulumi.${environment}.yaml or in infra/ and run the command again. Nothing was changed.`,
      cause: failure,
    });
  }
  return new UserError({
    code: failure.killedBy === undefined ? 'UPDATE_FAILED' : 'UPDATE_KILLED',
    message:
      said[0] === undefined
        ? `pulumi ${failure.args[0]} ended with ${failure.exitCode ?? failure.killedBy}.`
        : `${said[0].resource === undefined ? '' : `${said[0].resource}: `}${firstLine(said[0].message)}`,
    remedy: 'Fix the cause and run the command again: it continues where this one stopped.',
    details: text.trim(),
    cause: failure,
  });
}

/** The program's own message inside the language host's "unhandled exception" report; RunErrors come without one. */
function programRefusal(message: string): string | undefined {
  const report = /^Running program '[^']*' failed with an unhandled exception:\n([\s\S]*)$/.exec(message);
  const body = report?.[1];
  if (body === undefined) return undefined;
  const withoutStack = body.replace(/\n {4}at [\s\S]*$/, '');
  return withoutStack
    .replace(/^(?:<ref \*\d+> )?(?:Uncaught )?(?:SettingsError|ContractError|Error|RunError): /, '')
    .trim();
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
