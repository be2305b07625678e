import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInput } from '../errors/invalid-input.ts';

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
    const result = schema['~standard'].validate(value);
    if (result instanceof Promise) {
      throw new TypeError(`the schema of a ${type} argument is asynchronous`);
    }
    if (result.issues === undefined) {
      return result.value;
    }
    const parameter = data === undefined ? [] : [data];
    const errors = result.issues.flatMap((issue) => {
      const path = [...parameter, ...(issue.path ?? []).map(segmentOf)];
      return pathsOf(path, issue).map((at) => ({ in: locations[type], pointer: pointerTo(at), detail: issue.message }));
    });
    throw new InvalidInput(errors.slice(0, mostErrors));
  }
}

type Path = readonly PropertyKey[];

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
