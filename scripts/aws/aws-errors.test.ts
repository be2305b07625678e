import { expect, test } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { explainAwsError, talkToAws } from './aws-errors.ts';

function named(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

test.each([
  ['CredentialsProviderError', 'AWS_CREDENTIALS'],
  ['ExpiredTokenException', 'AWS_CREDENTIALS'],
  ['AccessDeniedException', 'AWS_PERMISSION'],
  ['ThrottlingException', 'AWS_THROTTLED'],
  ['TooManyUpdates', 'AWS_THROTTLED'],
  ['TimeoutError', 'AWS_UNREACHABLE'],
])('%s is something that the user can fix: %s', async (name, code) => {
  await expect(talkToAws(() => Promise.reject(named(name)))).rejects.toMatchObject({ name: 'UserError', code });
});

test('a refused connection is told by its code', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
  expect(explainAwsError(refused)).toMatchObject({ code: 'AWS_UNREACHABLE' });
});

test('a bug stays what it is, and so does an error that was explained already', () => {
  const bug = new TypeError('x is not a function');
  expect(explainAwsError(bug)).toBe(bug);
  const explained = new UserError({ code: 'IMAGE_GONE', message: 'gone' });
  expect(explainAwsError(explained)).toBe(explained);
});
