import { type Document, isMap, isScalar, type Pair, parseDocument } from 'yaml';

/** A value that a stack file gets, and why. */
export interface StackValue {
  /** With its namespace: `nest-fargate:appDirectory`. */
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  readonly why: string;
}

/**
 * The stack file with these values; what is there already keeps its place and comments. The same text where nothing changes.
 */
export function withValues(text: string, values: readonly StackValue[]): string {
  const document = parseDocument(text);
  const changed = values.filter(({ key, value }) => !equal(document.getIn(['config', key]), value));
  if (changed.length === 0) return text;
  if (!isMap(document.get('config'))) document.set('config', document.createNode({}));
  // Neighbours with the same reason share a comment.
  changed.forEach((each, index) => {
    set(document, each, changed[index - 1]?.why !== each.why);
  });
  return document.toString({ lineWidth: 0 });
}

function equal(found: unknown, value: StackValue['value']): boolean {
  if (Array.isArray(value)) return JSON.stringify(toJson(found)) === JSON.stringify(value);
  return found !== undefined && String(found) === String(value);
}

function toJson(node: unknown): unknown {
  return typeof node === 'object' && node !== null && 'toJSON' in node && typeof node.toJSON === 'function'
    ? node.toJSON().map(String)
    : node;
}

function set(document: Document, { key, value, why }: StackValue, explained: boolean): void {
  const config = document.get('config');
  if (!isMap(config)) return;
  const there = config.has(key);
  const node = document.createNode(value);
  config.set(key, node);
  if (there || !explained) return;
  const pair: Pair | undefined = config.items.find(({ key: each }) => (isScalar(each) ? each.value : each) === key);
  if (pair === undefined) return;
  const named = document.createNode(key);
  named.commentBefore = ` ${why}`;
  named.spaceBefore = true;
  pair.key = named;
}
