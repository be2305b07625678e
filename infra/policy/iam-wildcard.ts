import { fieldsOf, listOf, type NamedRule, parseDocument } from './rule.ts';

/**
 * Statements that may name every resource, or every resource of a type, by Sid, each with its reason. Those that tags
 * limit need none.
 */
export const reasons: Readonly<Record<string, string>> = Object.freeze({
  LogInToRegistry: 'ecr:GetAuthorizationToken has no resource-level permissions.',
  LookAtLoadBalancer: 'Describe actions of ELB have no resource-level permissions. Read-only.',
  SendTraces: 'X-Ray has no resource-level permissions for these actions.',
  OpenShell: 'Channels of ECS Exec have no resource-level permissions.',
  FindShellLog: 'Lists log groups without reading them.',
  WithoutResources: 'What a boundary must let through of the four above.',
  SendMail: 'The boundary of a role whose own policy names the identity.',
  ReadWhatHasNoName: 'List calls, and calls by generated id. Read-only.',
  ReadWhatHasAnotherName: 'Names are generated, or shared in the account. Read-only.',
  ListTasks: 'Limited to the cluster by a condition. Read-only.',
  EmptyDefaultSecurityGroup: 'Limited to the VPC by a condition.',
  NameEndpoints: 'Zones of endpoints belong to AWS. Limited to the VPC by a condition.',
  FirewallAndItsLog: 'No resource-level permissions.',
  PolicyOfEventLog: 'Resource policies of log groups have no resource-level permissions.',
  SavedQueries: 'Saved queries have no resource-level permissions.',
  Unsubscribe: 'Subscriptions have no resource-level permissions.',
  TargetsOfDatabaseProxy: 'Target groups of a proxy have a generated id and no tags.',
  CreateHealthCheck: 'A new health check has no id.',
  ChangeHealthCheck: 'Ids are generated, and Route 53 supports no tag conditions for health checks.',
  DecryptState: 'Limited to the key by its alias.',
});

const policyTypes = ['aws:iam/rolePolicy:RolePolicy', 'aws:iam/policy:Policy', 'aws:iam/userPolicy:UserPolicy'];

export const iamWildcard: NamedRule = {
  name: 'iam-wildcard',
  description: 'Permissions name each action, and each resource unless there is a documented reason.',
  check: ({ type, inputs }) => {
    if (!policyTypes.includes(type)) return [];
    const statements = listOf(fieldsOf(parseDocument(inputs['policy']))['Statement']).map(fieldsOf);
    return statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Sid, Action, Resource, Condition, NotAction, NotResource }) => [
        ...listOf(Action)
          .filter((action) => String(action).includes('*'))
          .map((action) => `${sidOf(Sid)} allows ${String(action)}: name each action.`),
        ...(listOf(Resource).some(isWholeType) && !isLimitedByTags(Condition) && !hasReason(String(Sid))
          ? [`${sidOf(Sid)} allows every resource: name them, or add a reason to iam-wildcard.ts.`]
          : []),
        ...(NotAction === undefined && NotResource === undefined
          ? []
          : [`${sidOf(Sid)} uses NotAction or NotResource: name what it allows.`]),
      ]);
  },
};

/** Here, or in the app's manifest, which is refused without one. */
function hasReason(sid: string): boolean {
  return sid in reasons || /ForAnyResource\d+$/.test(sid);
}

/** `*`, or an ARN such as `arn:aws:kms:*:*:key/*` that names only a type. ARNs of S3 start with the bucket instead. */
function isWholeType(resource: unknown): boolean {
  return resource === '*' || /^arn:[^:]*:(?!s3:)[^:]*:[^:]*:[^:]*:[a-z-]+[:/]\*(\/\*)*$/.test(String(resource));
}

/** Tags of the resource, or of the request that creates it. */
function isLimitedByTags(condition: unknown): boolean {
  const given = fieldsOf(condition);
  const equal = Object.keys(fieldsOf(given['StringEquals']));
  // As a pattern, only with a beginning: a tag that is like `*` limits nothing.
  const like = Object.entries(fieldsOf(given['StringLike'])).flatMap(([key, value]) =>
    [value].flat().every((each) => typeof each === 'string' && /^[^*?]/.test(each)) ? [key] : [],
  );
  return [...equal, ...like].some((key) => /^aws:Re(source|quest)Tag\//.test(key));
}

function sidOf(sid: unknown): string {
  return sid === undefined ? 'A statement' : `Statement ${String(sid)}`;
}
