/**
 * What a manifest of Copilot can say and this stack cannot, or says in another way. The first that fits counts.
 * Fields: https://aws.github.io/copilot-cli/docs/manifest/overview/
 */
const reasons: readonly (readonly [field: RegExp, reason: string])[] = [
  [/^(?:name|type)$/, ''],
  [/^on\.schedule$/, 'no five fields of cron say the same, so the job is not converted'],
  [/^http\.path$/, 'one process gets what no other one gets; this one has a path of its own name now'],
  [
    /^http\.healthcheck\./,
    'the contract derives interval, timeout and thresholds: see toleratedOutageSeconds and slowestBootSeconds',
  ],
  [/^http\.deregistration_delay$/, 'the contract derives it from longestRequestSeconds'],
  [/^http\.redirect_to_https$/, 'HTTP is always redirected where there is a domain'],
  [/^http\.stickiness$/, 'no counterpart: requests go to any task'],
  [/^http\.allowed_source_ips$/, 'no counterpart: the load balancer is open; its firewall limits requests by address'],
  [/^http\.version$/, 'no counterpart: HTTP/1.1 to the tasks'],
  [
    /^http\.(?:target_container|target_port|additional_rules)/,
    'no counterpart: one container and one port for each process; more paths are processes with a route',
  ],
  [/^http\.alb$|^http\.public|^http\.private/, 'no counterpart: the load balancer is the stack’s own'],
  [/^http\.(?:alias|hosted_zone)/, 'only the domain of the environment, and hosts below it, can be said'],
  [/^nlb\b/, 'no counterpart: there is no Network Load Balancer'],
  [/^image\.location$/, 'deploy it with up --image'],
  [/^image\.(?:healthcheck)/, 'containers are checked on their liveness path'],
  [/^image\.build\.cache_from$/, 'the cache of the builder is used'],
  [/^image\.(?:credentials|depends_on|labels)/, 'no counterpart'],
  [/^sidecars\b/, 'no counterpart: a task has the containers of the stack alone'],
  [
    /^subscribe\b|^publish\b/,
    'topics and queues are resources of your own: stack.resources.ts, with permissions of the process',
  ],
  [/^storage\.(?:volumes)/, 'no counterpart: there are no network file systems; folders in memory, or S3'],
  [/^storage\.ephemeral$/, 'no counterpart: folders in memory have sizes of their own (folders in the manifest)'],
  [/^storage\.readonly_fs$/, 'the root file system is always read-only'],
  [/^network\.connect/, 'no counterpart: processes do not reach each other by name'],
  [/^network\.vpc\.placement$/, 'tasks are always in private subnets'],
  [/^network\b/, 'no counterpart: security groups and subnets are derived'],
  [/^count\.spot$|spot_from$/, 'see the settings spotPercent and onDemandCount'],
  [
    /^count\b.*cooldown|^count\.(?:cooldown|response_time|queue_delay)/,
    'no counterpart: scaling follows CPU, memory, requests or the age of jobs',
  ],
  [/^deployment\.rollback_alarms/, 'the stack has alarms of its own that roll back'],
  [/^deployment\b/, 'tasks are always replaced without a gap: see deploymentStrategy'],
  [/^logging\.retention$/, 'one for the environment: the setting logRetentionDays'],
  [/^logging\b/, 'no counterpart: logs go to CloudWatch Logs'],
  [/^observability\.tracing$/, 'traces go to a collector: see the setting collectorImage'],
  [/^platform$/, 'see the setting cpuArchitecture'],
  [/^taskdef_overrides/, 'no counterpart: the task definition follows from the manifest and the settings'],
  [/^(?:retries|timeout)$/, 'no counterpart: a run that failed is not repeated, and has no time limit'],
  [/^exec$/, 'see the setting ecsExec'],
  [/from_cfn$/, 'no counterpart for exports of CloudFormation: write the value itself'],
  [/^cdn\b/, 'no counterpart: there is no CloudFront'],
];

/** Why a field is left; `undefined`: nothing has to be said of it. */
export function reasonFor(field: string): string | undefined {
  const reason = reasons.find(([pattern]) => pattern.test(field))?.[1] ?? 'no counterpart';
  return reason === '' ? undefined : reason;
}
