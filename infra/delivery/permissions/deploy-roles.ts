import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/** Which service takes which roles, besides those of tasks. */
const takers: Readonly<Record<string, readonly string[]>> = {
  'chatbot.amazonaws.com': ['alarms-slack'],
  'ecs.amazonaws.com': ['traffic'],
  'rds.amazonaws.com': ['database-proxy'],
  'vpc-flow-logs.amazonaws.com': ['flow-logs'],
};

/**
 * Permissions of an update for the roles that it creates. Each of them must have the boundary of the environment, or else
 * whoever can create a role could give it everything, and with it themselves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export function rolePermissions(scope: Scope): readonly Statement[] {
  const rolesOf = (names: readonly string[]) =>
    names.map((name) => arn(scope, 'iam', `role/${physicalName(scope.naming, name, 'role')}`));
  const ofTasks = scope.processes.flatMap((process) => [`${process}-execution`, `${process}-task`]);
  const taken = sortedByService({
    ...takers,
    'ecs-tasks.amazonaws.com': ofTasks,
    ...(scope.scheduled.length === 0
      ? {}
      : { 'scheduler.amazonaws.com': scope.scheduled.map((process) => `${process}-schedule`) }),
  });
  const all = rolesOf(taken.flatMap(([, names]) => names));
  return [
    {
      Sid: 'BoundedRoles',
      Effect: 'Allow',
      Action: actions({
        iam: 'CreateRole DeleteRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy UpdateAssumeRolePolicy UpdateRole',
      }),
      Resource: all,
      Condition: { ArnEquals: { 'iam:PermissionsBoundary': arn(scope, 'iam', `policy/${scope.boundaryName}`) } },
    },
    {
      Sid: 'TagRoles',
      Effect: 'Allow',
      Action: actions({ iam: 'ListInstanceProfilesForRole TagRole UntagRole' }),
      Resource: all,
    },
    ...taken.map(([service, names]) => ({
      Sid: `PassRolesTo${sidOf(service)}`,
      Effect: 'Allow' as const,
      Action: actions({ iam: 'PassRole' }),
      Resource: rolesOf(names),
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    })),
    {
      // Needed once per account and service. AWS defines what each service-linked role allows.
      Sid: 'RolesOfServices',
      Effect: 'Allow',
      Action: actions({ iam: 'CreateServiceLinkedRole' }),
      Resource: arn(scope, 'iam', 'role/aws-service-role/*'),
      Condition: {
        StringEquals: {
          'iam:AWSServiceName': [
            'ecs.amazonaws.com',
            'ecs.application-autoscaling.amazonaws.com',
            'elasticache.amazonaws.com',
            'elasticloadbalancing.amazonaws.com',
            'management.chatbot.amazonaws.com',
            'rds.amazonaws.com',
            'wafv2.amazonaws.com',
          ],
        },
      },
    },
  ];
}

function sortedByService(roles: typeof takers) {
  return Object.entries(roles).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** `ecs-tasks.amazonaws.com` → `EcsTasks`. */
function sidOf(service: string): string {
  const [name = ''] = service.split('.');
  return name.replaceAll(/(^|-)([a-z])/g, (_, _hyphen, letter: string) => letter.toUpperCase());
}
