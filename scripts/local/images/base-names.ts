/** What the local target needs an image of, besides the release's own. */
export const baseNames = [
  'node',
  'postgres',
  'valkey',
  'ministack',
  'load-balancer',
  'prometheus',
  'database-exporter',
  'valkey-exporter',
] as const;
export type BaseName = (typeof baseNames)[number];
