import { containersOf, fieldsOf, listOf, type NamedRule } from './rule.ts';

const secretName = /(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|ACCESS_KEY|CREDENTIAL)/i;
const secretValue = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|:\/\/[^/\s:@]+:[^/\s@]+@/;

/** Anybody who may describe a task definition can read its environment variables, forever. */
export const plainSecret: NamedRule = {
  name: 'plain-secret',
  description: 'Secrets are references to Secrets Manager, not environment variables.',
  check: (subject) =>
    containersOf(subject).flatMap((container) =>
      listOf(container['environment'])
        .map(fieldsOf)
        .filter(({ name, value }) => secretName.test(String(name)) || secretValue.test(String(value)))
        .map(
          ({ name }) =>
            `Container ${String(container['name'])} has ${String(name)} as a plain environment variable: move it to secrets.`,
        ),
    ),
};
