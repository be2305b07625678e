import { fieldsOf, listOf, type NamedRule, parseDocument } from './rule.ts';

/** Statements that may name every resource, or every resource of a type, by Sid, each with its reason. */
export const reasons: Readonly<Record<string, string>> = Object.freeze({
  LogInToRegistry: 'ecr:GetAuthorizationToken has no resource-level permissions.',
  LookAtLoadBalancer: 'Describe actions of ELB have no resource-level permissions. Read-only.',
  SendTraces: 'X-Ray has no resource-level permissions for these actions.',
  OpenShell: 'Channels of ECS Exec have no resource-level permissions.',
  FindShellLog: 'Lists log groups without reading them.',
  ReadWhatHasNoName: 'List calls, and calls by generated id. Read-only.',
  CreateNetwork: 'New resources have no name or tag to match.',
  CreateKey: 'A new key has no id. Limited by its tags.',
  CreateHealthCheck: 'A new health check has no id.',
  TagWhatIsCreated: 'Limited to creation by ec2:CreateAction.',
  ChangeOwnNetwork: 'Ids are generated. Limited by tags.',
  RegisterTaskDefinitions: 'No resource-level permissions. Limited by the roles that may be passed.',
  SavedQueries: 'Saved queries have no resource-level permissions.',
  Autoscaling: 'Ids of scalable targets are generated.',
  ReadWhatHasAnotherName: 'Names are generated, or shared in the account. Read-only.',
  Domain: 'Ids of certificates and hosted zones are generated. The owner of the zone can limit who writes to it.',
  ChangeAndUseOwnKey: 'Key ids are generated. Limited by tags.',
  DatabaseProxy: 'ARNs of proxies and their target groups contain generated ids.',
  ChangeHealthCheck: 'Ids are generated, and Route 53 supports no tag conditions for health checks.',
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
      .flatMap(({ Sid, Action, Resource, NotAction, NotResource }) => [
        ...listOf(Action)
          .filter((action) => String(action).includes('*'))
          .map((action) => `${sidOf(Sid)} allows ${String(action)}: name each action.`),
        ...(listOf(Resource).some(isWholeType) && !(String(Sid) in reasons)
          ? [`${sidOf(Sid)} allows every resource: name them, or add a reason to iam-wildcard.ts.`]
          : []),
        ...(NotAction === undefined && NotResource === undefined
          ? []
          : [`${sidOf(Sid)} uses NotAction or NotResource: name what it allows.`]),
      ]);
  },
};

/** `*`, or an ARN such as `arn:aws:kms:*:*:key/*` that names only a type. ARNs of S3 start with the bucket instead. */
function isWholeType(resource: unknown): boolean {
  return resource === '*' || /^arn:[^:]*:(?!s3:)[^:]*:[^:]*:[^:]*:[a-z-]+[:/]\*(\/\*)*$/.test(String(resource));
}

function sidOf(sid: unknown): string {
  return sid === undefined ? 'A statement' : `Statement ${String(sid)}`;
}
