import type { DatabaseAddress } from '../env/database.ts';

/** What a connection presents instead of a password: pg asks for it each time that it opens one. */
export type TokenSource = () => Promise<string>;

/**
 * Tokens of IAM for the database: signed on this machine, valid for 15 minutes, and needed only while connecting.
 * The signer and the chain of credentials behind it are loaded with the first connection, so that a process that uses a
 * password never pays for them.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export function iamTokens({ host, port, user }: DatabaseAddress, region: string): TokenSource {
  // Kept: it holds the credentials, which are asked for over the network and last for hours.
  let signer: Promise<{ getAuthToken(): Promise<string> }> | undefined;
  return async () => {
    signer ??= import('@aws-sdk/rds-signer').then(
      ({ Signer }) => new Signer({ hostname: host, port, username: user, region }),
    );
    return (await signer).getAuthToken();
  };
}
