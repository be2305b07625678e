/** How a pool of connections is used. */
export interface PoolUse {
  readonly size: number;
  readonly inUse: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}
