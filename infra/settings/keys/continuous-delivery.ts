import { feature, settingGroup } from './group.ts';
import { flag, list, optionalText } from './schema.ts';

export const continuousDelivery = settingGroup('Continuous delivery', {
  evidenceReaders: list(
    'evidenceReaders',
    /^arn:aws(-cn|-us-gov)?:iam::\d{12}:(root|role\/[\w+=,.@/-]+)(,arn:aws(-cn|-us-gov)?:iam::\d{12}:(root|role\/[\w+=,.@/-]+))*$/,
    {
      description:
        'Roles in other accounts that promote from this environment. They may assume a role that reads what runs here and its releases, and marks an image as kept, and nothing else. Set promoteFromRole on their environments to that role.',
      rule: 'ARNs of IAM roles, or of accounts (arn:aws:iam::<account>:root), separated by commas',
      example:
        'arn:aws:iam::210987654321:role/nest-fargate-prod-ci-deploy,arn:aws:iam::210987654321:role/nest-fargate-prod-ci-preview',
      change: 'in place',
      source:
        'The role in a trust policy has to exist: create the other environment’s roles first, or name its account.',
    },
  ),
  /** Absent: with `github`, a policy of this environment's own. */
  rolesBoundary: optionalText('rolesBoundary', /^[\w+=,.@-]{1,128}$/, {
    description:
      'IAM policy that bounds every role of this environment. `up --from` sets it where the workflows of pull requests have a role: they may create no role without it.',
    rule: 'the name of an IAM policy of the account',
    example: 'nest-fargate-staging-pr-boundary',
    change: 'in place',
  }),
  /** Absent: no workflow may deploy. */
  github: feature(
    {
      /** As the subject of its tokens names it. */
      repository: optionalText(
        'githubRepository',
        /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(@\d+\/[A-Za-z0-9._-]{1,100}@\d+|\/[A-Za-z0-9._-]{1,100})$/,
        {
          description:
            'GitHub repository whose workflows may deploy. The trust policies of the roles that they assume name it. If not set, there are no such roles.',
          rule: 'owner/name, or owner@id/name@id where GitHub identifies repositories by ID',
          example: 'example/api',
          change: 'in place',
          source:
            'It must have the form of the subject claim in the repository’s tokens: see GitHub’s documentation on OpenID Connect.',
        },
      ),
      /** Absent: this environment creates it. */
      oidcProviderArn: optionalText(
        'githubOidcProviderArn',
        /^arn:aws(-cn|-us-gov)?:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
        {
          description:
            'IAM identity provider for GitHub Actions, if another environment or stack has created it in this account. If not set, this environment creates it.',
          rule: 'the ARN of the identity provider token.actions.githubusercontent.com',
          example: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
          change: 'replace',
          source: 'An account can have one identity provider per issuer.',
        },
      ),
      pullRequests: flag('pullRequestRole', {
        description:
          'Creates a role for the workflows of pull requests, which the GitHub environment pull-requests may assume. It reaches environments named pr-… only, but anybody who can push a branch can use it: set it in an account without anything else.',
        default: false,
        change: 'in place',
      }),
      stateBucket: optionalText('stateBucket', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
        description:
          'S3 bucket of the Pulumi backend, which the roles of the workflows may use. Other backends do not need it.',
        rule: 'the name of an S3 bucket, without s3://',
        example: 'example-pulumi-state',
        change: 'in place',
      }),
      stateKey: optionalText(
        'stateKey',
        /^(alias\/[A-Za-z0-9/_-]{1,250}|arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+)$/,
        {
          description:
            'KMS key of `--secrets-provider`, with which Pulumi encrypts the secrets in the state. The roles of the workflows may decrypt with it. Another secrets provider does not need it.',
          rule: 'alias/<name>, or the ARN of a key',
          example: 'alias/pulumi',
          change: 'in place',
          source:
            'Pulumi decrypts the secrets in the state for a preview, too: whoever may assume the preview role and reads the state has them.',
        },
      ),
    },
    ({ repository, ...settings }) => (repository === undefined ? undefined : { repository, ...settings }),
  ),
});
