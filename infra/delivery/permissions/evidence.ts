import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type NameScope, type Statement } from '../../foundation/statement.ts';

/**
 * What a promotion into another account needs of this environment: which release is recorded as verified, whether that is
 * what runs, and a tag that keeps its image. No secret, no log, no change of what runs.
 */
export function evidencePermissions(scope: NameScope): readonly Statement[] {
  const { naming } = scope;
  const { prefix, tags } = naming;
  const name = physicalName(naming, '');
  const of = (service: string, resource: string) => arn(scope, service, resource);
  return [
    {
      Sid: 'ReadReleases',
      Effect: 'Allow',
      Action: actions({ ssm: 'GetParameter GetParametersByPath' }),
      Resource: ['identity', 'releases', 'releases/*', 'freezes', 'freezes/*'].map((path) =>
        of('ssm', `parameter/${tags.Project}/${tags.Environment}/${path}`),
      ),
    },
    {
      Sid: 'SeeWhatRuns',
      Effect: 'Allow',
      Action: actions({ ecs: 'DescribeClusters DescribeServices DescribeTasks' }),
      Resource: [of('ecs', `cluster/${name}`), ...['service', 'task'].map((kind) => of('ecs', `${kind}/${name}/*`))],
    },
    {
      // Tasks on Fargate belong to no container instance, which is all that the call can be limited to otherwise.
      Sid: 'ListTasks',
      Effect: 'Allow',
      Action: actions({ ecs: 'ListTasks' }),
      Resource: '*',
      Condition: { ArnEquals: { 'ecs:cluster': of('ecs', `cluster/${name}`) } },
    },
    {
      Sid: 'ReadWhatHasNoName',
      Effect: 'Allow',
      Action: actions({
        ecs: 'DescribeTaskDefinition ListServices',
        elasticloadbalancing: 'DescribeLoadBalancers DescribeTargetHealth',
      }),
      Resource: '*',
    },
    {
      // The lifecycle policy counts kept images apart. Tags are immutable: none can be moved to another image.
      Sid: 'KeepImage',
      Effect: 'Allow',
      Action: actions({ ecr: 'BatchGetImage PutImage' }),
      Resource: of('ecr', `repository/${prefix}`),
    },
  ];
}
