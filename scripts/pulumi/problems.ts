import { readBuildFailure } from '../messages/build-failure.ts';
import { readLogFailure } from '../messages/log-failure.ts';
import { readToolFailure, sayToolFailure } from '../messages/tool-failure.ts';
import { Refusal, UserError, type UserErrorDetails } from '../messages/user-error.ts';
import type { CliFailure } from './cli.ts';
import type { Diagnostic, FailedResource } from './engine-events.ts';
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

/** An update that failed at resources, for whoever can ask the platform about them. */
export class UpdateError extends UserError {
  readonly failures: readonly FailedResource[];

  constructor(details: UserErrorDetails, failures: readonly FailedResource[]) {
    super(details);
    this.failures = failures;
  }
}

/**
 * How AWS refuses a name or a place that is taken:
 * - most services have an error of that name: EntityAlreadyExists, RepositoryAlreadyExistsException,
 *   ResourceAlreadyExistsException, DBInstanceAlreadyExists, ParameterAlreadyExists, InvalidPermission.Duplicate,
 *   WAFDuplicateItemException, DuplicateListener, FlowLogAlreadyExists
 * - others say it only: "already exists", "Creation of service was not idempotent"
 * - or are about a place: PriorityInUse, InvalidSubnet.Conflict, Resource.AlreadyAssociated, and a conflict of names
 */
const nameTaken =
  /\w*AlreadyExists\w*|\w*Duplicate\w*|already exists|not idempotent|PriorityInUse|InvalidSubnet\.Conflict|\w*AlreadyAssociated|AlreadyRegistered|ConflictException/;

/** Resources of AWS that could not be created because there is one already. */
export function collisionsOf(failures: readonly FailedResource[]): readonly FailedResource[] {
  return failures.filter(
    ({ type, op, message }) => type.startsWith('aws:') && op.startsWith('create') && nameTaken.test(message),
  );
}

function nameTakenProblem(collisions: readonly FailedResource[]): UserErrorDetails {
  const subjects = collisions.map(({ subject }) => subject);
  return {
    code: 'NAME_TAKEN',
    message: `${subjects.join(', ')} cannot be created: AWS already has one of that name.`,
    remedy: 'Find out whose it is. If nobody needs it, delete it and run the command again.',
  };
}

/** What the engine reported while a CLI call ran. */
export interface Reported {
  readonly diagnostics: readonly Diagnostic[];
  readonly failures?: readonly FailedResource[];
}

/**
 * What went wrong, in the user's terms. `diagnostics` come from the engine and say more than stderr; what the program
 * itself refuses (a wrong setting) is shown as it is, without its stack trace.
 */
export function explainCliFailure(
  failure: CliFailure,
  { diagnostics, failures = [] }: Reported,
  environment: string,
): UserError {
  const collisions = collisionsOf(failures);
  const said = diagnostics.filter(({ message }) => !/^(update|preview|refresh|destroy) failed$/.test(message.trim()));
  const reported = [...said.map(({ message }) => message), failure.stderr].join('\n').trim();
  const text = reported === '' ? diagnosticsIn(failure.stdout) : reported;
  const whole = failure.log === undefined ? '' : `\n\nThe whole output of Pulumi: ${failure.log}`;
  if (collisions.length > 0) {
    const details = `${collisions.map(({ subject, message }) => `${subject}: ${message.trim()}`).join('\n')}${whole}`;
    return new UpdateError({ ...nameTakenProblem(collisions), details, cause: failure }, failures);
  }
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
  const cause = said[0] === undefined ? undefined : causeOf(said[0], failures);
  const details = {
    code: failure.killedBy === undefined ? 'UPDATE_FAILED' : 'UPDATE_KILLED',
    message: cause?.sentence ?? withoutDiagnostics(failure, text),
    remedy: cause?.remedy ?? 'Fix the cause and run the command again: it continues where this one stopped.',
    details: `${cause?.block ?? text.trim()}${whole}`,
    cause: failure,
  };
  return new UpdateError(details, failures);
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

/** What a call says that failed before the engine ran: `error: could not read the project file`. */
function withoutDiagnostics({ args, exitCode, killedBy }: CliFailure, text: string): string {
  const ended = `pulumi ${args[0]} ended with ${exitCode ?? killedBy}`;
  return text.trim() === '' ? `${ended}.` : `${ended}: ${sayToolFailure(readToolFailure(text.split('\n')))}`;
}

interface Cause {
  readonly sentence: string;
  /** What the tool in the resource said; undefined: the diagnostics say it. */
  readonly block?: string;
  readonly remedy?: string;
}

/** What failed first, in the words of the tool that failed. */
function causeOf({ resource, message }: Diagnostic, failures: readonly FailedResource[]): Cause {
  const at = resource === undefined ? '' : `${resource}: `;
  const failed = failures.find((one) => resource !== undefined && one.subject.endsWith(resource));
  if (failed?.type === 'docker:index/image:Image') return buildCause(at, message, failed.output);
  const [, log] = /\nLast log lines:\n([\s\S]*)$/.exec(message) ?? [];
  if (log !== undefined) {
    const lines = log.split('\n').map((line) => line.replace(/^ {2}/, ''));
    const failure = readLogFailure(lines);
    const why = failure.error === undefined ? '' : ` ${sayToolFailure(failure)}`;
    return { sentence: `${at}${firstLine(message)}${why}` };
  }
  return { sentence: `${at}${firstLine(withoutWrapping(message))}` };
}

/**
 * The provider may leave out what the failed instruction printed: https://github.com/pulumi/pulumi-docker/issues/1268.
 * Then only a build outside of Pulumi shows it.
 */
function buildCause(at: string, message: string, output: readonly string[]): Cause {
  const { summary, block } = readBuildFailure([...output, ...message.split('\n')]);
  const sentence = `${at}${summary}`;
  if (output.some((line) => /^#\d+ /.test(line))) return { sentence, block: block.join('\n') };
  return {
    sentence,
    remedy:
      'Build it without Pulumi to see what the instruction printed: docker build --file app/Dockerfile . Then run the command again.',
  };
}

/** Without what Terraform's SDK and the bridge put around the error of a provider, once for each layer. */
function withoutWrapping(message: string): string {
  return message
    .replace(/^(?:\S+\.go:\d+: )?sdk\.helper_schema: /, '')
    .replace(/: provider=\S+$/, '')
    .replace(/^(?:\d+ errors? occurred:\s*\*\s*(?:(?:creating|updating|deleting) urn:\S+\s*)?)+/, '')
    .trim();
}

/** What a CLI without events prints at its end, from `Diagnostics:` to the summary; else its last lines. */
function diagnosticsIn(stdout: string): string {
  const [, diagnostics] = /^Diagnostics:\n([\s\S]*?)(?=^\S|$(?![\s\S]))/m.exec(stdout) ?? [];
  return (diagnostics ?? stdout.trimEnd().split('\n').slice(-20).join('\n')).trim();
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
