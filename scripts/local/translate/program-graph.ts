import { UserError } from '../../messages/user-error.ts';

/** What the translation reads of a recorded resource; the recorder in infra/graph gives more. */
export interface GraphResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface ProgramGraph {
  readonly environment: string;
  readonly resources: readonly GraphResource[];
}

/** What one resource uses of another: `@{aws:rds/instance:Instance::database::address}`. */
export interface Token {
  readonly type: string;
  readonly name: string;
  readonly property: string;
}

const tokenPattern = /@\{([^{}]+?)::([^{}]+?)::([^{}]+?)\}/g;

export function resourcesOf(graph: ProgramGraph, type: string): readonly GraphResource[] {
  return graph.resources.filter((resource) => resource.type === type);
}

/** The resource that a token points at. */
export function referred(graph: ProgramGraph, token: Token): GraphResource {
  const found = graph.resources.find(({ type, name }) => type === token.type && name === token.name);
  if (found === undefined) throw new Error(`the graph has no ${token.type} named ${token.name}`);
  return found;
}

/** The one resource of a type; `undefined` when there is none. Rejects several: `expected` says what there may be. */
export function onlyResource(graph: ProgramGraph, type: string, expected: string): GraphResource | undefined {
  const [found, ...others] = resourcesOf(graph, type);
  if (others.length === 0) return found;
  throw notUnderstood(
    'the program',
    others.map(({ name }) => name),
    expected,
  );
}

/** The tokens inside a string, in their order. */
export function tokensIn(text: string): readonly Token[] {
  return [...text.matchAll(tokenPattern)].map(([, type = '', name = '', property = '']) => ({ type, name, property }));
}

/** The only token of a reference such as a target group's ARN. */
export function onlyToken(value: unknown, where: string): Token {
  const [token, ...others] = typeof value === 'string' ? tokensIn(value) : [];
  if (token === undefined || others.length > 0) throw notUnderstood(where, value, 'a reference to one resource');
  return token;
}

/** Replaces every token by what it is on this machine. */
export function bindTokens(text: string, where: string, bind: (token: Token) => string | undefined): string {
  return text.replaceAll(tokenPattern, (whole, type: string, name: string, property: string) => {
    const value = bind({ type, name, property });
    if (value === undefined) throw notUnderstood(where, whole, 'an output that exists on this machine');
    return value;
  });
}

/** Nothing of a service is guessed or left out in silence: what AWS would act on and we can't is an error. */
export function notUnderstood(where: string, value: unknown, expected: string): UserError {
  return new UserError({
    code: 'NOT_TRANSLATABLE',
    message: `${where} is ${JSON.stringify(value)}, which the local target does not understand.`,
    rule: `It expects ${expected}.`,
    remedy: 'Teach scripts/local/translate what it means, with a test, or change the program.',
  });
}

export function expectText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw notUnderstood(where, value, 'a text');
}
