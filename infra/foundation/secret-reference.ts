/**
 * A secret by name, never by value. `T` is `pulumi.Input<string>` in the program and `string` in the tests of the pure
 * files that pass it on.
 */
export interface SecretReference<T> {
  /** The secret in Secrets Manager, or the parameter, that the execution role may read. */
  readonly arn: T;
  /** How ECS reads it. Absent: from Secrets Manager. */
  readonly action?: 'secretsmanager:GetSecretValue' | 'ssm:GetParameters';
  /** `valueFrom` of a container definition: the ARN, and the JSON key where only one is meant. */
  readonly valueFrom: T;
  /** The secret itself, to be part of a longer one. Absent where AWS alone knows it. */
  readonly text?: T;
}
