import {
  DeleteParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  paginateGetParametersByPath,
  type SSMClient,
  TooManyUpdates,
} from '@aws-sdk/client-ssm';
import pRetry from 'p-retry';
import { onDate } from './service-time.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html: up to 10 names at a time. */
const namesPerCall = 10;

/** Parameter Store refuses a second write to a name that comes too soon; the SDK does not treat that as throttling. */
const concurrentWrites = {
  retries: 5,
  minTimeout: 200,
  maxTimeout: 5_000,
  randomize: true,
  shouldRetry: ({ error }: { readonly error: Error }) => error instanceof TooManyUpdates,
} as const;

/** The parameters directly below a path, by the last part of their name, sorted. */
export async function readFolder(ssm: SSMClient, path: string): Promise<ReadonlyMap<string, string>> {
  const values: [string, string][] = [];
  // 10 is the most that a page may have.
  const pages = paginateGetParametersByPath({ client: ssm, pageSize: 10 }, { Path: path, Recursive: false });
  for await (const page of pages) {
    for (const { Name = '', Value = '' } of page.Parameters ?? []) values.push([Name.slice(path.length + 1), Value]);
  }
  return new Map(values.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A parameter with its age, for which nobody's clock but Parameter Store's was read. */
export interface AgedParameter {
  readonly value: string;
  /** Since it was last written; `undefined` where the answer does not tell the time. */
  readonly ageMilliseconds: number | undefined;
}

/**
 * The parameters directly below a path as `readFolder` gives them, each with its age: `LastModifiedDate` subtracted from
 * the `Date` of the same answer. Both are the service's own, whatever the clocks of its clients say.
 */
export async function readFolderWithAges(ssm: SSMClient, path: string): Promise<ReadonlyMap<string, AgedParameter>> {
  const found: [string, AgedParameter][] = [];
  let token: string | undefined;
  do {
    const command = new GetParametersByPathCommand({
      Path: path,
      Recursive: false,
      MaxResults: 10,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    let now: number | undefined;
    onDate(command, (time) => {
      now = time;
    });
    const { Parameters = [], NextToken } = await ssm.send(command);
    for (const { Name = '', Value: value = '', LastModifiedDate } of Parameters) {
      const written = LastModifiedDate?.getTime();
      const ageMilliseconds = now === undefined || written === undefined ? undefined : Math.max(0, now - written);
      found.push([Name.slice(path.length + 1), { value, ageMilliseconds }]);
    }
    token = NextToken;
  } while (token !== undefined);
  return new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The value of a parameter; `undefined` when there is none of that name. */
export async function readParameter(ssm: SSMClient, name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** When a parameter was last written; `undefined` when there is none of that name. */
export async function parameterWrittenAt(ssm: SSMClient, name: string): Promise<Date | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.LastModifiedDate;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** Creates a parameter; false if the name exists. AWS decides: of two who try at once, one succeeds. */
export async function createParameter(ssm: SSMClient, name: string, value: string): Promise<boolean> {
  try {
    await write(ssm, name, value, false);
    return true;
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return false;
    throw error;
  }
}

export async function overwriteParameter(ssm: SSMClient, name: string, value: string): Promise<void> {
  await write(ssm, name, value, true);
}

async function write(ssm: SSMClient, name: string, value: string, overwrite: boolean): Promise<void> {
  await pRetry(
    () =>
      ssm.send(
        new PutParameterCommand({ Name: name, Value: value, Type: 'String', Tier: 'Standard', Overwrite: overwrite }),
      ),
    concurrentWrites,
  );
}

/** Deletes parameters; ignores names that do not exist. */
export async function deleteParameters(ssm: SSMClient, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += namesPerCall) {
    await ssm.send(new DeleteParametersCommand({ Names: names.slice(start, start + namesPerCall) }));
  }
}
