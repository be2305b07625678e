import { expect, it } from 'vitest';
import { namedError } from './named-error.ts';

class FileError extends namedError('FileError') {}
class OtherError extends namedError('OtherError') {}

it('makes classes of their own, each with its name', () => {
  const error = new FileError('no such file', { cause: 'disk' });

  expect(error).toMatchObject({ name: 'FileError', message: 'no such file', cause: 'disk' });
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(FileError);
  expect(error).not.toBeInstanceOf(OtherError);
  expect(String(new OtherError('x'))).toBe('OtherError: x');
});
