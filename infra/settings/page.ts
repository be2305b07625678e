import { settingGroups, settingsByKey } from './keys/all.ts';
import { processSettings } from './keys/process.ts';
import type { ChangeCost, Setting } from './keys/schema.ts';
import type { SettingRule } from './rule.ts';
import { settingRules } from './rules.ts';

const costs: Readonly<Record<ChangeCost, string>> = {
  none: 'affects nothing that runs',
  'in place': 'takes effect in place',
  restart: 'replaces the tasks, in a rollout',
  reboot: 'restarts the database',
  replace: 'replaces the resource, and everything that depends on it',
  refused: 'on an environment that exists is refused on target aws: it takes a new environment',
  minor:
    'of the minor version restarts the database. Another major version is refused on target aws: upgrade in RDS with a blue/green deployment first, then set it',
};

/**
 * The reference of all settings as a page.
 *
 * It names no environment and no value of one: those are the user's, and a change of a stack file must not make it stale.
 */
export function renderSettingsPage(): string {
  const sections = settingGroups.map(({ title, settings }) =>
    [`## ${title}`, ...settings.map(renderSetting)].join('\n\n'),
  );
  return `${[introduction, ...sections, ofOtherProcesses()].join('\n\n')}\n`;
}

const introduction = `# Settings

Every key that \`Pulumi.<environment>.yaml\` can set under \`config:\`, with the name of
the project in \`Pulumi.yaml\` as the prefix, such as \`nest-fargate:\`. In addition,
\`aws:region\` is required. To change a setting, edit the file or run
\`pulumi config set <key> <value> --stack <environment>\`, which keeps the file's comments and drops its blank lines.

All settings are validated before the first resource is registered. A value that breaks its rule, an unknown key, and a
setting under another prefix are errors that name the key, the value, the rule and the remedy.

Values can also come from Pulumi.yaml and from ESC environments, and be encrypted. Keys of other namespaces, such as
\`aws:profile\`, \`aws:assumeRoles\` or \`aws:defaultTags\`, configure providers; the CLI logs in to AWS as they say.

This page and the \`config\` section of Pulumi.yaml are generated from infra/settings/keys/: after a change there, run
\`npm run docs:settings\`.`;

function ofOtherProcesses(): string {
  const rows = processSettings.map(({ key, facts }) => {
    const notes = [facts.description, facts.source].filter((text) => text !== undefined).join(' ');
    const unit = facts.unit === undefined ? '' : ` (${facts.unit})`;
    return `| \`${key}\` | ${notes} | ${facts.rule}${unit} | ${code(facts.default)} | ${facts.change} |`;
  });
  return [
    '## Other processes',
    '',
    'Every process of the [app’s manifest](your-app.md) has these keys, which begin with its name: those of `admin` are',
    '`adminMemoryMiB` and so on, those of `mail-queue` are `mailQueueMemoryMiB`. `api` and `worker` have theirs above.',
    '',
    '| key | what it sets | must be | default | a change |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function renderSetting({ key, facts }: Setting): string {
  const unit = facts.unit === undefined ? '' : ` (${facts.unit})`;
  const together = settingRules.filter((rule) => rule.key === key);
  return [
    `### ${key}`,
    '',
    linked(facts.description, key),
    '',
    `- Type: ${facts.type}${unit}; must be ${linked(facts.rule, key)}.`,
    ...together.map((rule) => `- Must be ${linked(textOf(rule), key)}.`),
    `- Default: ${code(facts.default)}.`,
    `- Example: \`${facts.example}\``,
    `- A change ${costs[facts.change]}.`,
    ...(facts.source === undefined ? [] : [`- Note: ${linked(facts.source, key)}`]),
  ].join('\n');
}

function textOf({ rule }: SettingRule): string {
  return typeof rule === 'string' ? rule : rule((key) => key);
}

/** Keys of several words cannot be anything else in a text; `worker` and `release` can. */
const mentioned = new RegExp(`\\b(${[...settingsByKey.keys()].filter((key) => /[A-Z]/.test(key)).join('|')})\\b`, 'g');

function linked(text: string, own: string): string {
  return text.replace(mentioned, (key) => (key === own ? key : `[${key}](#${key.toLowerCase()})`));
}

function code(value: string | number | boolean | undefined): string {
  return value === undefined ? 'not set' : `\`${value}\``;
}
