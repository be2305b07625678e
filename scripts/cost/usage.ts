/** What a month holds: the figure that AWS's own calculator takes. */
export const hoursPerMonth = 730;

/** What nobody can know from the program. Small, so that an estimate is what an idle environment costs, and a little more. */
export const assumedUsage = Object.freeze({
  /** Capacity units of the load balancer, on average: 25 new connections a second, or 1 GB an hour. */
  loadBalancerUnits: 1,
  natGB: 50,
  logsGB: 10,
  flowLogsGB: 5,
  millionRequests: 1,
  registryGB: 5,
});

/** What an estimate says that it does not have. */
export const leftOut: readonly string[] = Object.freeze([
  'traffic to the internet and between zones',
  'backups and snapshots beyond the size of the database, and of Valkey',
  'storage of logs and access logs, queries, mails, and requests to KMS, Secrets Manager and S3',
  'the run of migrations, and the second fleet during a rollout',
  'hours that stopTasksAt saves',
  'free tiers, discounts, Savings Plans, support and taxes',
]);
