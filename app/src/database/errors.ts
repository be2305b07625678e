import { type DomainError, domainError } from '../errors/domain-error.ts';

export class DatabaseUnavailable extends domainError(
  'unavailable',
  'DATABASE_UNAVAILABLE',
  'The database cannot be reached at the moment.',
) {}

/** Every connection that this kind of statement may have is in use, and too many wait for one. */
export class DatabaseBusy extends domainError(
  'unavailable',
  'DATABASE_BUSY',
  'Too much waits for the database: try again in a moment.',
) {}

class DatabaseTimeout extends domainError('unavailable', 'DATABASE_TIMEOUT', 'The database did not answer in time.') {}

/** A failover or a switchover is under way: the server that is reached is a standby, or is made one. */
export class DatabaseReadOnly extends domainError(
  'unavailable',
  'DATABASE_READ_ONLY',
  'The database takes no writes at the moment.',
) {}

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: read_only_sql_transaction. */
export function isReadOnly({ code }: { readonly code?: unknown }): boolean {
  return code === '25006';
}

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: the server cancelled the statement. */
const timeouts: ReadonlySet<string> = new Set(['57014', '55P03']);
/** Two transactions were in each other's way: either of them may succeed when it is tried again. */
const conflicts: ReadonlySet<string> = new Set(['40001', '40P01']);
/**
 * Class 08 is connection exceptions; 53 a server that lacks something (disk, memory, connections); 57P0x one that is shutting
 * down or starting; 58030 one that cannot read or write its files.
 */
const unavailable =
  /^(08...|53...|57P0[1-5]|58030|ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** pg gives these no code. */
const unavailableMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered)/;

/** The name of the constraint that a statement broke. */
export function violatedConstraint(error: unknown): string | undefined {
  // TypeORM puts what the driver said onto its own error.
  const { code, constraint } = error instanceof Error ? (error as { code?: unknown; constraint?: unknown }) : {};
  return typeof code === 'string' && code.startsWith('23') && typeof constraint === 'string' ? constraint : undefined;
}

/** TypeORM's names for a statement of a transaction whose connection was lost between two of its statements. */
const lostInTransaction: ReadonlySet<string> = new Set([
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
]);

/** The domain error that a failed statement or connection stands for; `undefined`: a defect of ours. */
export function databaseErrorFrom(error: unknown): DomainError | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const { code } = error as { code?: unknown };
  if ((typeof code === 'string' && timeouts.has(code)) || error.message === 'Query read timeout') {
    return new DatabaseTimeout(error);
  }
  if (typeof code === 'string' && conflicts.has(code)) {
    return new DatabaseBusy(error);
  }
  if (isReadOnly({ code })) {
    return new DatabaseReadOnly(error);
  }
  if (
    (typeof code === 'string' && unavailable.test(code)) ||
    unavailableMessages.test(error.message) ||
    lostInTransaction.has(error.name)
  ) {
    return new DatabaseUnavailable(error);
  }
  return undefined;
}
