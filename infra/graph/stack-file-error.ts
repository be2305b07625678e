import { namedError } from '../errors/named-error.ts';

/** The configuration of a stack cannot be read. The message names the file and the place. */
export class StackFileError extends namedError('StackFileError') {
  /** What to do, if it is not to correct the file. */
  readonly remedy: string | undefined;

  constructor(message: string, { remedy, ...options }: ErrorOptions & { readonly remedy?: string } = {}) {
    super(message, options);
    this.remedy = remedy;
  }
}
