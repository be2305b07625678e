/** Units and bounds of what each process has, whichever key a stack file says it with. */
export const processFacts = {
  cpuUnits: { unit: 'CPU units', default: 256, change: 'restart' },
  memoryMiB: { unit: 'MiB', min: 512, max: 122_880, default: 512, change: 'restart' },
  desiredCount: { unit: 'tasks', min: 1, max: 100, change: 'in place' },
  maxCount: { unit: 'tasks', min: 1, max: 100, change: 'restart' },
  concurrency: { unit: 'jobs', min: 1, max: 100, default: 4, change: 'restart' },
  longestJobSeconds: { unit: 's', min: 1, max: 110, default: 30, change: 'restart' },
  cpuTargetPercent: { unit: '%', min: 10, max: 90, default: 60, change: 'in place' },
  memoryTargetPercent: { unit: '%', min: 10, max: 90, default: 80, change: 'in place' },
  requestsPerTargetPerMinute: { unit: 'requests/min', min: 1, max: 1_000_000, default: 6_000, change: 'in place' },
  queueAgeTargetSeconds: { unit: 's', min: 1, max: 86_400, default: 30, change: 'in place' },
} as const;
