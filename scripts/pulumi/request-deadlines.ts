/**
 * Of each attempt of a call of AWS; the SDK repeats it. Without them a connection that a firewall or a sleeping machine
 * has cut is waited for without end.
 */
export const requestDeadlines = {
  connectionTimeout: 5_000,
  // No call that is made here takes AWS more than some seconds.
  requestTimeout: 30_000,
  // Else the SDK only warns: https://github.com/smithy-lang/smithy-typescript/blob/main/packages/types/src/http/httpHandlerInitialization.ts
  throwOnRequestTimeout: true,
} as const;
