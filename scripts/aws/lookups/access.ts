import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { DescribeKeyCommand, ListResourceTagsCommand } from '@aws-sdk/client-kms';
import { ListTagsForResourceCommand, ListWebACLsCommand } from '@aws-sdk/client-wafv2';
import { dated, type Lookup, named, tagsOf, text, unlessAbsent } from './lookup.ts';

const noEntity = ['NoSuchEntity', 'NoSuchEntityException'];

/** IAM, keys and the firewall. */
export const accessLookups: Readonly<Record<string, Lookup>> = {
  'aws:iam/role:Role': {
    what: 'IAM role',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { iam } }, inputs) {
      const answer = await unlessAbsent(
        () => iam.send(new GetRoleCommand({ RoleName: text(inputs, 'name') })),
        ...noEntity,
      );
      const role = answer?.Role;
      if (role === undefined) return undefined;
      return { importId: role.RoleName ?? '', tags: tagsOf(role.Tags), ...dated(role.CreateDate), ready: true };
    },
  },
  'aws:iam/rolePolicy:RolePolicy': {
    what: 'inline policy of an IAM role',
    nameOf: named('name'),
    collides: false,
    inside: true,
    async find({ clients: { iam } }, inputs) {
      const [RoleName, PolicyName] = [text(inputs, 'role'), text(inputs, 'name')];
      const answer = await unlessAbsent(
        () => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
        ...noEntity,
      );
      return answer === undefined ? undefined : { importId: `${RoleName}:${PolicyName}`, ready: true };
    },
  },
  'aws:iam/policy:Policy': {
    what: 'IAM policy',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { iam }, partition, account }, inputs) {
      const PolicyArn = `arn:${partition}:iam::${account}:policy/${text(inputs, 'name')}`;
      const answer = await unlessAbsent(() => iam.send(new GetPolicyCommand({ PolicyArn })), ...noEntity);
      const policy = answer?.Policy;
      if (policy === undefined) return undefined;
      return { importId: PolicyArn, tags: tagsOf(policy.Tags), ...dated(policy.CreateDate), ready: true };
    },
  },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    what: 'IAM identity provider',
    nameOf: named('url'),
    collides: true,
    async find({ clients: { iam }, partition, account }, inputs) {
      const host = text(inputs, 'url').replace(/^https:\/\//, '');
      const arn = `arn:${partition}:iam::${account}:oidc-provider/${host}`;
      const answer = await unlessAbsent(
        () => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
        ...noEntity,
      );
      if (answer === undefined) return undefined;
      return { importId: arn, tags: tagsOf(answer.Tags), ...dated(answer.CreateDate), ready: true };
    },
  },
  'aws:kms/alias:Alias': {
    what: 'KMS alias',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { kms } }, inputs) {
      const name = text(inputs, 'name');
      const answer = await unlessAbsent(() => kms.send(new DescribeKeyCommand({ KeyId: name })), 'NotFoundException');
      const { KeyId, CreationDate } = answer?.KeyMetadata ?? {};
      if (KeyId === undefined) return undefined;
      // An alias has no tags: it belongs to whom its key belongs.
      const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
      const tags = tagsOf(Tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value })));
      return { importId: name, tags, ...dated(CreationDate), ready: true };
    },
  },
  'aws:wafv2/webAcl:WebAcl': {
    what: 'web ACL',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { waf } }, inputs) {
      let NextMarker: string | undefined;
      do {
        const answer = await waf.send(new ListWebACLsCommand({ Scope: 'REGIONAL', Limit: 100, NextMarker }));
        const acl = answer.WebACLs?.find(({ Name }) => Name === text(inputs, 'name'));
        if (acl?.ARN !== undefined) {
          const { TagInfoForResource } = await waf.send(new ListTagsForResourceCommand({ ResourceARN: acl.ARN }));
          return { importId: `${acl.Id}/${acl.Name}/REGIONAL`, tags: tagsOf(TagInfoForResource?.TagList), ready: true };
        }
        NextMarker = answer.NextMarker;
      } while (NextMarker !== undefined && NextMarker !== '');
      return undefined;
    },
  },
};
