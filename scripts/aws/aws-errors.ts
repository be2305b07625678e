import { UserError } from '../messages/user-error.ts';

/** Names of AWS errors for missing, wrong or expired credentials. */
const credentialErrors: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

const permissionErrors: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'AuthorizationError',
]);

const throttlingErrors: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'TooManyUpdates',
]);

const networkErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** The name of an error of AWS or the network: the SDK has it in `name`, sockets in `code`. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** A UserError for what the user can fix; any other error, a bug, as it is. */
export function explainAwsError(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const name = errorName(error);
  if (credentialErrors.has(name) || credentialErrors.has(error.name)) {
    return new UserError({
      code: 'AWS_CREDENTIALS',
      message: `There are no AWS credentials, or AWS rejected them (${error.name}).`,
      remedy: 'Log in (`aws sso login`, AWS_PROFILE, or the CI role) and run the command again.',
      cause: error,
    });
  }
  if (permissionErrors.has(error.name)) {
    const [, action] = /is not authorized to perform: (\S+)/.exec(error.message) ?? [];
    return new UserError({
      code: 'AWS_PERMISSION',
      message: `The AWS credentials lack ${action === undefined ? 'a permission' : `the permission ${action}`}.`,
      remedy: 'Grant that permission, or use a role that has it; `stack doctor` shows the role in use.',
      details: error.message,
      cause: error,
    });
  }
  if (throttlingErrors.has(error.name)) {
    return new UserError({
      code: 'AWS_THROTTLED',
      message: 'AWS throttled the requests.',
      remedy: 'Wait a minute and run the command again: it continues where this one stopped.',
      details: error.message,
      cause: error,
    });
  }
  if (networkErrors.has(name) || networkErrors.has(error.name)) {
    return new UserError({
      code: 'AWS_UNREACHABLE',
      message: `AWS cannot be reached (${error.message || name}).`,
      remedy: 'Check the network and the region, then run the command again.',
      cause: error,
    });
  }
  return error;
}

/** Runs SDK calls; rejects with a UserError for what the user can fix. */
export async function talkToAws<T>(calls: () => Promise<T>): Promise<T> {
  try {
    return await calls();
  } catch (error) {
    throw explainAwsError(error);
  }
}
