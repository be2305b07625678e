import type { RecordedResource } from '../../infra/graph/record.ts';
import type { DiagramNode } from './model.ts';

/** A node, and the resources that it stands for. */
export interface Portrait {
  readonly node: DiagramNode;
  readonly resources: readonly RecordedResource[];
}

export function idOf({ type, name }: RecordedResource): string {
  return `${type}::${name}`;
}
