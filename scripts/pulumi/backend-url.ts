import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

const projectFile = z.object({ backend: z.object({ url: z.string() }).optional() });
const credentials = z.object({ current: z.string().optional() });

/**
 * The backend that the Pulumi CLI would use, without starting it: PULUMI_BACKEND_URL, else `backend.url` of
 * Pulumi.yaml, else the one that `pulumi login` chose. `undefined`: nobody is logged in.
 * Source of the order: GetCurrentCloudURLWithSource in pulumi/pulumi, pkg/workspace/creds.go.
 */
export function readBackendUrl(projectDirectory: string, variables: EnvironmentVariables): string | undefined {
  const url = readFullBackendUrl(projectDirectory, variables);
  return url === undefined ? undefined : normalizeBackendUrl(url);
}

/** The same with its query, as another login needs it, and without user and password. */
export function readFullBackendUrl(projectDirectory: string, variables: EnvironmentVariables): string | undefined {
  const { PULUMI_BACKEND_URL: asked, PULUMI_HOME: home = join(homedir(), '.pulumi') } = variables;
  const project = projectFile.parse(parse(readFileSync(join(projectDirectory, 'Pulumi.yaml'), 'utf8')));
  const url = nonEmpty(asked) ?? nonEmpty(project.backend?.url) ?? nonEmpty(readLogin(home));
  return url?.replace(/^([a-z0-9+.-]+:\/\/)[^/@]*@/i, '$1');
}

/** Without user, password, query and trailing slashes: two spellings of one backend are equal, and none is a secret. */
export function normalizeBackendUrl(url: string): string {
  const [, scheme = '', rest = url] = /^([a-z0-9+.-]+:\/\/)(.*)$/i.exec(url) ?? [];
  const place = rest.replace(/[?#].*$/, '').replace(/^[^/@]*@/, '');
  return `${scheme.toLowerCase()}${place.replace(/\/+$/, '')}`;
}

function readLogin(home: string): string | undefined {
  try {
    return credentials.parse(JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8'))).current;
  } catch {
    return undefined;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
