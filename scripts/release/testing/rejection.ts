import { UserError } from '../../messages/user-error.ts';

/** The user error that a promise rejects with. Anything else is rethrown, so that a test shows it. */
export async function rejection(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => new Error('It did not reject'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error;
  throw error;
}
