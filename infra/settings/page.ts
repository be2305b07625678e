import { settingGroups } from './keys/all.ts';
import { type ChangeCost, settingFacts } from './keys/schema.ts';

type Values = Readonly<Record<string, string>>;

const costs: Readonly<Record<ChangeCost, string>> = {
  none: 'touches nothing that runs',
  'in place': 'takes effect in place',
  restart: 'replaces the tasks, in a rollout',
  reboot: 'restarts the database',
  replace: 'replaces what it belongs to, and all that depends on that',
};

/** The reference of all settings as a page. `environments` are the values in the stack files, by plain names. */
export function renderSettingsPage(environments: Readonly<Record<string, Values>>): string {
  const sections = Object.entries(settingGroups).map(([title, group]) =>
    [
      `## ${title}`,
      ...Object.entries(group).map(([key, schema]) => renderSetting(key, settingFacts.get(schema), environments)),
    ].join('\n\n'),
  );
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

const introduction = `# Settings

What \`Pulumi.<environment>.yaml\` can say, under \`config:\` and with the prefix \`nest-fargate:\`; besides these,
\`aws:region\` is needed. \`pulumi config set <key> <value> --stack <environment>\` writes one.
All settings are checked before anything is registered; a wrong one, or one that does not exist, is refused with its
rule. This page is made from infra/settings/keys/all.ts by its test.`;

type Facts = ReturnType<typeof settingFacts.get>;

function renderSetting(key: string, facts: Facts, environments: Readonly<Record<string, Values>>): string {
  if (facts === undefined) throw new Error(`${key} has no facts.`);
  const { default: otherwise } = facts;
  const values = Object.entries(environments).map(([name, config]) => `${name} ${code(config[key] ?? otherwise)}`);
  const unit = facts.unit === undefined ? '' : ` (${facts.unit})`;
  return [
    `### ${key}`,
    '',
    facts.description,
    '',
    `- Type: ${facts.type}${unit}; it must be ${facts.rule}.`,
    `- Default: ${code(otherwise)}; ${values.join(', ')}.`,
    `- Example: \`${facts.example}\``,
    `- Changing it ${costs[facts.change]}.`,
    ...(facts.source === undefined ? [] : [`- Why: ${facts.source}`]),
  ].join('\n');
}

function code(value: string | number | boolean | undefined): string {
  return value === undefined ? 'not set' : `\`${value}\``;
}
