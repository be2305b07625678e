import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { domainError } from '../errors/domain-error.ts';
import { type InputError, InvalidInput } from '../errors/invalid-input.ts';
import { storableRule, unstorableIn } from './text.ts';

class BodyMissing extends domainError('invalid', 'BODY_MALFORMED', 'The body is empty; it must be JSON.') {}

const locations = { body: 'body', query: 'query', param: 'path' } as const;
const mostErrors = 20;

/** Replaces an argument by what its schema parses it to; an argument without a schema is refused as a mistake of ours. */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { type, schema, data } = metadata;
    if (type === 'custom') {
      return value;
    }
    if (schema === undefined) {
      throw new TypeError(`a ${type} argument has no schema`);
    }
    if (type === 'body' && value === undefined) {
      throw new BodyMissing();
    }
    const unstorable = unstorableIn(value, mostErrors).map((path) => ({ path, message: storableRule }));
    const result = unstorable.length > 0 ? { issues: unstorable } : schema['~standard'].validate(value);
    if (result instanceof Promise) {
      throw new TypeError(`the schema of a ${type} argument is asynchronous`);
    }
    if (result.issues === undefined) {
      return result.value;
    }
    throw new InvalidInput(errorsOf(result.issues, locations[type], data === undefined ? [] : [data]));
  }
}

type Path = readonly PropertyKey[];

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function errorsOf(issues: readonly Issue[], location: InputError['in'], parameter: Path): readonly InputError[] {
  const errors = issues.flatMap((issue) =>
    pathsOf([...parameter, ...(issue.path ?? []).map(segmentOf)], issue).map((at) => ({
      in: location,
      pointer: pointerTo(at),
      detail: issue.message,
    })),
  );
  return errors.slice(0, mostErrors);
}

function segmentOf(segment: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof segment === 'object' ? segment.key : segment;
}

/** zod reports all unknown fields of an object as one issue at the object; a client wants each by its place. */
function pathsOf(path: Path, issue: object): readonly Path[] {
  return 'keys' in issue && Array.isArray(issue.keys)
    ? issue.keys.map((key: unknown) => [...path, String(key)])
    : [path];
}

function pointerTo(path: Path): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
