import * as pulumi from '@pulumi/pulumi';
import { parseSettings, type Settings } from './settings.ts';

/** Reads the configuration of the running stack: the only place that does. */
export async function loadSettings(): Promise<Settings> {
  const prefix = `${pulumi.getProject()}:`;
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    config[key.startsWith(prefix) ? key.slice(prefix.length) : key] = value;
  }
  const parse = (given: typeof config) => parseSettings(given, pulumi.getStack(), secretKeysOf(prefix));
  const settings = parse(config);
  if (settings.release.source !== 'promoted' || settings.release.pinned !== undefined) return settings;
  const pin = await readLastPin();
  return pin === undefined || pin === null ? settings : parse({ ...config, release: JSON.stringify(pin) });
}

/**
 * The release that the last update which worked had pinned, from the stack's own outputs: what was promoted stays, in a
 * fresh checkout and by `pulumi up` alone, until another one is pinned. The function is the one behind StackReference.
 */
async function readLastPin(): Promise<unknown> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join('/');
  const { outputs } = await pulumi.runtime.invoke('pulumi:pulumi:readStackOutputs', { name });
  return outputs?.pin;
}

/** The engine names the encrypted keys to the program in this variable; the SDK has no public call for it. */
function secretKeysOf(prefix: string): ReadonlySet<string> {
  // biome-ignore lint/style/noProcessEnv: it is the engine's interface, and part of reading its configuration.
  const { PULUMI_CONFIG_SECRET_KEYS: text = '[]' } = process.env;
  const names: unknown = JSON.parse(text);
  const keys = Array.isArray(names) ? names.map(String) : [];
  return new Set(keys.map((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : key)));
}
