/** A task of `prod`, as ECS describes one that a session can be opened to. */
export const reachableTask = {
  taskArn: 'arn:aws:ecs:eu-central-1:123456789012:task/nest-fargate-prod/1111',
  lastStatus: 'RUNNING',
  healthStatus: 'HEALTHY',
  enableExecuteCommand: true,
  containers: [
    { name: 'api', runtimeId: 'runtime', managedAgents: [{ name: 'ExecuteCommandAgent', lastStatus: 'RUNNING' }] },
  ],
};
