import { z } from 'zod';

const roles = z.object({
  deploy: z.string().optional(),
  preview: z.string().optional(),
  pullRequests: z.string().optional(),
  evidence: z.string().optional(),
});

/** What GitHub has to be given beside the roles. */
export interface WorkflowSetup {
  readonly environment: string;
  /** As the setting `githubRepository` has it; absent: no workflow deploys. */
  readonly repository: string | undefined;
  readonly region: string;
  /** Absent: nobody is logged in to one that could be named. */
  readonly backendUrl: string | undefined;
}

/**
 * The commands that put the roles of workflows where these look for them (docs/ci.md), and the role for promotions from
 * another account into that one's stack file. Each is one line to copy. Empty where there are no roles.
 *
 * @param deliveryRoles the output of the program
 */
export function setupCommands(deliveryRoles: unknown, setup: WorkflowSetup): readonly string[] {
  const { data = {} } = roles.safeParse(deliveryRoles);
  const { environment, repository } = setup;
  const { deploy, preview, pullRequests, evidence } = data;
  const ofGithub =
    repository === undefined
      ? []
      : [
          ...variablesOf(environment, deploy, setup),
          ...variablesOf(`${environment}-preview`, preview, setup),
          ...variablesOf('pull-requests', pullRequests, setup),
        ];
  return [
    ...(ofGithub.length === 0
      ? []
      : [
          'Its workflows have roles now. Create and protect these environments in GitHub (docs/ci.md), then set their variables:',
          ...ofGithub,
        ]),
    ...(evidence === undefined
      ? []
      : [
          `A promotion from ${environment} in another account assumes a role, which its own stack file names:`,
          `pulumi config set promoteFromRole ${evidence} --stack <the environment that promotes from ${environment}>`,
        ]),
  ];
}

/** An environment is made and protected by a person: GitHub's API would reset the protection of one that exists. */
function variablesOf(
  environment: string,
  role: string | undefined,
  { repository = '', region, backendUrl }: WorkflowSetup,
): readonly string[] {
  if (role === undefined) return [];
  const name = nameOf(repository);
  const set = (variable: string, value: string) =>
    `gh variable set ${variable} --repo ${name} --env ${environment} --body ${value}`;
  return [
    set('AWS_ROLE', role),
    set('AWS_REGION', region),
    set('PULUMI_BACKEND_URL', backendUrl === undefined ? '<your backend>' : `'${backendUrl.replaceAll("'", '%27')}'`),
  ];
}

/** `owner@id/name@id`, as tokens may have it, is `owner/name` everywhere else. */
function nameOf(repository: string): string {
  return repository.replaceAll(/@\d+/g, '');
}
