import pg from 'pg';
import type { OpenSpan, Tracer } from './tracer.ts';

type Query = (...args: unknown[]) => unknown;
type Callback = (error: unknown, ...rest: unknown[]) => void;

/** Follows each statement that belongs to a span; what runs by itself (checks, the relay's polling) is of no interest. */
export function followPostgres(tracer: Tracer): void {
  const { prototype } = pg.Client as unknown as { prototype: { query: Query } };
  const { query } = prototype;
  prototype.query = function followed(this: unknown, ...args: unknown[]): unknown {
    if (!tracer.isActive || !hasText(args[0])) {
      return query.apply(this, args);
    }
    const text = typeof args[0] === 'string' ? args[0] : args[0].text;
    const span = tracer.start({
      name: operationOf(text),
      kind: 'client',
      // Statements of ours hold no values: those are parameters, which are not told.
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': text },
    });
    return endWith(span, args, (changed) => query.apply(this, changed));
  };
}

/** pg answers by a callback where one is given, else by a promise. */
function endWith(span: OpenSpan, args: unknown[], run: (args: unknown[]) => unknown): unknown {
  const callback = args.at(-1);
  if (isCallback(callback)) {
    const ended: Callback = (error, ...rest) => {
      span.end(error === null || error === undefined ? {} : { error });
      callback(error, ...rest);
    };
    return run([...args.slice(0, -1), ended]);
  }
  const result = run(args);
  if (result instanceof Promise) {
    result.then(
      () => span.end(),
      (error: unknown) => span.end({ error }),
    );
  } else {
    span.end();
  }
  return result;
}

function hasText(query: unknown): query is string | { readonly text: string } {
  return (
    typeof query === 'string' ||
    (typeof query === 'object' && query !== null && 'text' in query && typeof query.text === 'string')
  );
}

function isCallback(argument: unknown): argument is Callback {
  return typeof argument === 'function';
}

function operationOf(text: string): string {
  return /^\s*(?<verb>[a-z]+)/i.exec(text)?.groups?.['verb']?.toUpperCase() ?? 'query';
}
