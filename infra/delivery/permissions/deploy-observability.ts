import { physicalName, stoppedTasksLog } from '../../foundation/naming.ts';
import { actions, arn, ownOrNew, ownRequest, ownTags, type Statement } from '../../foundation/statement.ts';
import { rulesOfTasks } from './read.ts';
import type { Scope } from './scope.ts';

/** Permissions of an update for logs, alarms, their topics, and the dashboard. */
export function observabilityPermissions(scope: Scope): readonly Statement[] {
  return [...logChanges(scope), ...stoppedTaskChanges(scope), ...alarmChanges(scope)];
}

function logChanges(scope: Scope): readonly Statement[] {
  const { naming, processes } = scope;
  const groups = arn(scope, 'logs', `log-group:*${naming.prefix}*`);
  return [
    {
      Sid: 'CreateLogs',
      Effect: 'Allow',
      Action: actions({ logs: 'CreateLogGroup TagResource' }),
      Resource: groups,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeLogs',
      Effect: 'Allow',
      Action: actions({
        logs: 'AssociateKmsKey DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey PutRetentionPolicy TagResource UntagResource',
      }),
      Resource: groups,
      Condition: ownTags(scope),
    },
    {
      // Why a migration or a release failed.
      Sid: 'ReadLogs',
      Effect: 'Allow',
      Action: actions({ logs: 'FilterLogEvents GetLogEvents' }),
      Resource: [
        ...processes.map((process) => arn(scope, 'logs', `log-group:/ecs/${physicalName(naming, process)}:*`)),
        arn(scope, 'logs', `log-group:${stoppedTasksLog(naming)}:*`),
      ],
    },
    {
      // Saved queries do not support resource-level permissions.
      Sid: 'SavedQueries',
      Effect: 'Allow',
      Action: actions({ logs: 'DeleteQueryDefinition PutQueryDefinition' }),
      Resource: '*',
    },
  ];
}

function stoppedTaskChanges(scope: Scope): readonly Statement[] {
  return [
    {
      Sid: 'EventsOfStoppedTasks',
      Effect: 'Allow',
      Action: actions({
        events: 'DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource',
      }),
      Resource: rulesOfTasks(scope),
    },
    {
      // Such a policy lets services of AWS write to a log group, and nobody else.
      Sid: 'PolicyOfEventLog',
      Effect: 'Allow',
      Action: actions({ logs: 'DeleteResourcePolicy PutResourcePolicy' }),
      Resource: '*',
    },
  ];
}

function alarmChanges(scope: Scope): readonly Statement[] {
  const { naming } = scope;
  const alarms = arn(scope, 'cloudwatch', `alarm:${naming.prefix}-*`);
  const topic = physicalName(naming, 'alarms');
  return [
    {
      Sid: 'CreateAlarms',
      Effect: 'Allow',
      Action: actions({ cloudwatch: 'PutMetricAlarm TagResource' }),
      Resource: alarms,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeAlarms',
      Effect: 'Allow',
      Action: actions({ cloudwatch: 'DeleteAlarms PutMetricAlarm TagResource UntagResource' }),
      Resource: alarms,
      Condition: ownTags(scope),
    },
    {
      Sid: 'DashboardAndTopics',
      Effect: 'Allow',
      Action: actions({
        chatbot: 'DeleteSlackChannelConfiguration TagResource UntagResource UpdateSlackChannelConfiguration',
        cloudwatch: 'DeleteDashboards PutDashboard',
        sns: 'CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource',
      }),
      Resource: [
        arn(scope, 'chatbot', `chat-configuration/slack-channel/${topic}`),
        // ARNs of dashboards have no region.
        `arn:${scope.partition}:cloudwatch::*:dashboard/${physicalName(naming, '')}`,
        arn(scope, 'sns', topic),
      ],
    },
    {
      // A new configuration has no ARN yet.
      Sid: 'CreateSlackChannel',
      Effect: 'Allow',
      Action: actions({ chatbot: 'CreateSlackChannelConfiguration' }),
      Resource: '*',
      Condition: ownRequest(scope),
    },
    {
      // Subscriptions have no resource-level permissions.
      Sid: 'Unsubscribe',
      Effect: 'Allow',
      Action: actions({ sns: 'Unsubscribe' }),
      Resource: '*',
    },
  ];
}
