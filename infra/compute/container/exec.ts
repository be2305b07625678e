/**
 * What the agent of ECS Exec writes to: it cannot run on a read-only root file system otherwise. Empty folders that live
 * and die with the task; AWS does not support them officially: https://github.com/aws/containers-roadmap/issues/1359
 */
export const agentFolders = Object.freeze([
  { name: 'exec-agent', path: '/managed-agents' },
  { name: 'exec-state', path: '/var/lib/amazon/ssm' },
  { name: 'exec-log', path: '/var/log/amazon/ssm' },
]);
