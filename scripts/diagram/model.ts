/** Decides colour and picture of a node. */
export type NodeKind =
  | 'client'
  | 'balancer'
  | 'tasks'
  | 'database'
  | 'cache'
  | 'queue'
  | 'network'
  | 'image'
  | 'ledger'
  | 'storage'
  | 'secret'
  | 'metrics'
  | 'topic';

export interface DiagramNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly title: string;
  /** Facts that an operator looks for, taken from the resource's inputs. */
  readonly lines: readonly string[];
  /** Id of the group that it is in; absent: outside of AWS. */
  readonly group?: string;
}

export interface DiagramGroup {
  readonly id: string;
  readonly kind: 'region' | 'vpc' | 'subnets' | 'services';
  readonly title: string;
  readonly parent?: string;
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** `request`: allowed by a security group; `support`: what the platform itself does. */
  readonly kind: 'request' | 'support';
}

export interface Diagram {
  readonly title: string;
  readonly groups: readonly DiagramGroup[];
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

export const clientId = 'client';
