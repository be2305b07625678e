import { namedError } from '../errors/named-error.ts';

/** The app's files do not form a release. Says which file and why. */
export class ReleaseSourceError extends namedError('ReleaseSourceError') {}
