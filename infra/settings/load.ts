import * as pulumi from '@pulumi/pulumi';
import { parseSettings } from './parse.ts';
import type { Settings } from './settings.ts';

/** Settings of the running stack, from the engine: the only place that asks it. */
export async function loadSettings(): Promise<Settings> {
  const project = pulumi.getProject();
  const config = pulumi.runtime.allConfig();
  const options = { project, secretKeys: readSecretKeys() };
  const settings = parseSettings(config, pulumi.getStack(), options);
  if (settings.release.source !== 'promoted' || settings.release.pinned !== undefined) return settings;
  const pin = await readLastPin();
  if (pin === undefined || pin === null) return settings;
  return parseSettings({ ...config, [`${project}:release`]: JSON.stringify(pin) }, pulumi.getStack(), options);
}

/**
 * The release that the last successful update pinned, from the stack's own outputs: what was promoted stays, in a fresh
 * checkout and with `pulumi up` alone, until another release is pinned. StackReference calls the same function.
 */
async function readLastPin(): Promise<unknown> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join('/');
  const { outputs } = await pulumi.runtime.invoke('pulumi:pulumi:readStackOutputs', { name });
  return outputs?.pin;
}

/** The engine passes the names of encrypted keys to the program in this variable; the SDK has no public call for it. */
function readSecretKeys(): ReadonlySet<string> {
  // biome-ignore lint/style/noProcessEnv: the variable is part of the configuration that the engine passes.
  const { PULUMI_CONFIG_SECRET_KEYS: text = '[]' } = process.env;
  const names: unknown = JSON.parse(text);
  return new Set(Array.isArray(names) ? names.map(String) : []);
}
