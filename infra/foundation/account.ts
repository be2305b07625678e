import { getCallerIdentityOutput } from '@pulumi/aws/getCallerIdentity.js';
import type * as pulumi from '@pulumi/pulumi';

/** Id of the AWS account that the stack is deployed to. */
export function accountIdOf(parent: pulumi.Resource): pulumi.Output<string> {
  return getCallerIdentityOutput({}, { parent }).accountId;
}
