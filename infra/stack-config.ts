import * as pulumi from '@pulumi/pulumi';
import { parseSettings, type Settings } from './settings.ts';

/** Reads the configuration of the running stack: the only place that does. */
export function loadSettings(): Settings {
  const prefix = `${pulumi.getProject()}:`;
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    config[key.startsWith(prefix) ? key.slice(prefix.length) : key] = value;
  }
  return parseSettings(config, pulumi.getStack(), secretKeysOf(prefix));
}

/** The engine names the encrypted keys to the program in this variable; the SDK has no public call for it. */
function secretKeysOf(prefix: string): ReadonlySet<string> {
  // biome-ignore lint/style/noProcessEnv: it is the engine's interface, and part of reading its configuration.
  const { PULUMI_CONFIG_SECRET_KEYS: text = '[]' } = process.env;
  const names: unknown = JSON.parse(text);
  const keys = Array.isArray(names) ? names.map(String) : [];
  return new Set(keys.map((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : key)));
}
