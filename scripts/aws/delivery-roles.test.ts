import { describe, expect, it } from 'vitest';
import { setupCommands } from './delivery-roles.ts';

const role = (name: string) => `arn:aws:iam::123456789012:role/nest-fargate-staging-ci-${name}`;
const setup = {
  environment: 'staging',
  repository: 'you/shop',
  region: 'eu-central-1',
  backendUrl: 's3://shop-state?region=eu-central-1&awssdk=v2',
};

describe('the commands for the roles of workflows', () => {
  it('give each role to the environment of GitHub that it trusts', () => {
    const [say, ...commands] = setupCommands({ deploy: role('deploy'), preview: role('preview') }, setup);
    expect(say).toContain('docs/ci.md');
    expect(commands).toEqual(
      [
        ['staging', role('deploy')],
        ['staging-preview', role('preview')],
      ].flatMap(([environment, arn]) => [
        `gh variable set AWS_ROLE --repo you/shop --env ${environment} --body ${arn}`,
        `gh variable set AWS_REGION --repo you/shop --env ${environment} --body eu-central-1`,
        `gh variable set PULUMI_BACKEND_URL --repo you/shop --env ${environment} --body 's3://shop-state?region=eu-central-1&awssdk=v2'`,
      ]),
    );
  });

  it('give that of pull requests to theirs', () => {
    expect(setupCommands({ pullRequests: role('pull-requests') }, setup)).toContain(
      `gh variable set AWS_ROLE --repo you/shop --env pull-requests --body ${role('pull-requests')}`,
    );
  });

  it('name the repository as GitHub’s own commands do', () => {
    const commands = setupCommands({ deploy: role('deploy') }, { ...setup, repository: 'you@12/shop@345' });
    expect(commands.join('\n')).toContain('--repo you/shop --env staging');
    expect(commands.join('\n')).not.toContain('@');
  });

  it('leave open what nobody knows, instead of guessing it', () => {
    const commands = setupCommands({ deploy: role('deploy') }, { ...setup, backendUrl: undefined });
    expect(commands.at(-1)).toBe(
      'gh variable set PULUMI_BACKEND_URL --repo you/shop --env staging --body <your backend>',
    );
  });

  it('put the role of another account’s promotions into its stack file, with or without workflows', () => {
    expect(setupCommands({ evidence: role('evidence') }, { ...setup, repository: undefined }).at(-1)).toBe(
      `pulumi config set promoteFromRole ${role('evidence')} --stack <the environment that promotes from staging>`,
    );
  });

  it.each([[{}], [undefined], ['unknown']])('are none where there are no roles: %j', (outputs) => {
    expect(setupCommands(outputs, setup)).toEqual([]);
  });
});
