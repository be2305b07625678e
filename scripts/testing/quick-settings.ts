/** As few as lose no request when one of them stops. With a whole CPU each to start on. */
export const twoTasks = { apiDesiredCount: '2', apiCpuUnits: '1024', apiMemoryMiB: '2048' };

/** For tests that stop no task under load. */
export const oneTask = { ...twoTasks, apiDesiredCount: '1' };

/** For tests of the API alone. */
export const apiAlone = { ...oneTask, worker: 'off', valkey: 'off' };

/** Requests, statements and idle connections of a few seconds: a task that stops has nothing to wait for. */
export const shortRequests = {
  longestRequestSeconds: '3',
  drainDelaySeconds: '3',
  closeMarginSeconds: '1',
  stopTimeoutSeconds: '9',
  albIdleTimeoutSeconds: '5',
  databaseStatementTimeoutMs: '2000',
  databaseConnectTimeoutMs: '2000',
};
