import { type CreateCalls, generated, tags } from './call.ts';

/** Roles and policies, topics, and what tells people. */
export const identityCalls: Readonly<Record<string, CreateCalls>> = {
  'aws:iam/role:Role': {
    calls: [
      {
        service: 'iam',
        operation: 'CreateRole',
        members: {
          name: 'RoleName',
          assumeRolePolicy: 'AssumeRolePolicyDocument',
          maxSessionDuration: 'MaxSessionDuration',
          permissionsBoundary: 'PermissionsBoundary',
          tags,
        },
      },
    ],
  },
  'aws:iam/policy:Policy': {
    calls: [
      {
        service: 'iam',
        operation: 'CreatePolicy',
        members: { name: 'PolicyName', description: 'Description', policy: 'PolicyDocument', tags },
      },
    ],
  },
  'aws:iam/rolePolicy:RolePolicy': {
    calls: [
      {
        service: 'iam',
        operation: 'PutRolePolicy',
        members: { role: 'RoleName', policy: 'PolicyDocument' },
        others: (name) => ({ PolicyName: generated(name) }),
      },
    ],
  },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': {
    calls: [{ service: 'iam', operation: 'AttachRolePolicy', members: { role: 'RoleName', policyArn: 'PolicyArn' } }],
  },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    calls: [
      {
        service: 'iam',
        operation: 'CreateOpenIDConnectProvider',
        members: { url: 'Url', clientIdLists: 'ClientIDList', tags },
      },
    ],
  },
  'aws:sns/topic:Topic': {
    calls: [
      {
        service: 'sns',
        operation: 'CreateTopic',
        members: { name: 'Name', kmsMasterKeyId: 'Attributes.KmsMasterKeyId', tags },
      },
    ],
    unmodelled: ['region'],
  },
  'aws:sns/topicSubscription:TopicSubscription': {
    calls: [
      {
        service: 'sns',
        operation: 'Subscribe',
        members: { topic: 'TopicArn', protocol: 'Protocol', endpoint: 'Endpoint' },
      },
    ],
    unmodelled: ['region'],
  },
  'aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration': {
    calls: [
      {
        service: 'chatbot',
        operation: 'CreateSlackChannelConfiguration',
        members: {
          slackTeamId: 'SlackTeamId',
          slackChannelId: 'SlackChannelId',
          snsTopicArns: 'SnsTopicArns',
          iamRoleArn: 'IamRoleArn',
          configurationName: 'ConfigurationName',
          loggingLevel: 'LoggingLevel',
          guardrailPolicyArns: 'GuardrailPolicyArns',
          tags: ['Tags', (value) => Object.entries(value ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))],
        },
      },
    ],
  },
};
