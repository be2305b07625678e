import { fieldsOf, listOf, type NamedRule, parseDocument } from './rule.ts';

/** Statements about every resource, or about every one of a type, by their Sid, each with its reason. */
export const reasons: Readonly<Record<string, string>> = Object.freeze({
  LogInToRegistry: 'The token is for the whole registry: ecr:GetAuthorizationToken takes no resource.',
  LookAtLoadBalancer: 'ELB describes listeners, rules and targets without a resource; it reads only.',
  SendTraces: 'X-Ray knows no resource for what is sent to it.',
  OpenShell: 'The channels of ECS Exec have no resource.',
  FindShellLog: 'It lists log groups, and reads no line.',
  ReadWhatHasNoName: 'Calls that list, or take ids that AWS chooses; they read only.',
  CreateNetwork: 'What does not exist yet has no name or tag to ask for.',
  CreateKey: 'What does not exist yet has no id; held to what is tagged as this environment’s.',
  CreateHealthCheck: 'What does not exist yet has no id.',
  TagWhatIsCreated: 'Held to the calls that create something by ec2:CreateAction.',
  ChangeOwnNetwork: 'Held to what is tagged as this environment’s; the ids are AWS’s.',
  RegisterTaskDefinitions: 'It names nothing that exists; the roles in it have to be passed.',
  SavedQueries: 'The API of saved queries takes no resource.',
  Autoscaling: 'The ids of scalable targets are AWS’s, and have no name in them.',
  ReadWhatHasAnotherName: 'Names that Pulumi or AWS chooses, or that the account shares; it reads only.',
  Domain: 'Certificates and zones have ids of AWS’s; the owner of the zone narrows who may write to it.',
  ChangeAndUseOwnKey: 'Held to what is tagged as this environment’s; the ids are AWS’s.',
  DatabaseProxy: 'Proxies and their target groups have ids of AWS’s.',
  ChangeHealthCheck: 'Checks have ids of AWS’s, and cannot be told apart by their tags.',
});

const policyTypes = ['aws:iam/rolePolicy:RolePolicy', 'aws:iam/policy:Policy', 'aws:iam/userPolicy:UserPolicy'];

export const iamWildcard: NamedRule = {
  name: 'iam-wildcard',
  description: 'Permissions name their actions, and their resources unless a reason is written down.',
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
          ? [`${sidOf(Sid)} is about every resource: name them, or write its reason in iam-wildcard.ts.`]
          : []),
        ...(NotAction === undefined && NotResource === undefined ? [] : [`${sidOf(Sid)} allows all but a few.`]),
      ]);
  },
};

/** `*`, and ARNs such as `arn:aws:kms:*:*:key/*` that leave nothing but the type; in those of S3 the bucket comes first. */
function isWholeType(resource: unknown): boolean {
  return resource === '*' || /^arn:[^:]*:(?!s3:)[^:]*:[^:]*:[^:]*:[a-z-]+[:/]\*(\/\*)*$/.test(String(resource));
}

function sidOf(sid: unknown): string {
  return sid === undefined ? 'A statement' : `Statement ${String(sid)}`;
}
