import { isMap, type TerraformDocument } from './export.ts';

/** Arguments that take references, which are never quoted. */
const references: readonly string[] = ['ignore_changes', 'provider'];

/**
 * The same configuration in Terraform's own language. Checkov reads policies and container definitions there, but not
 * in JSON.
 */
export function writeHcl({ terraform, provider, data, resource }: TerraformDocument): string {
  const versions = Object.entries(terraform.required_providers).map(
    ([name, version]) => `    ${name} = ${literal(version)}\n`,
  );
  return [
    `terraform {\n  required_providers {\n${versions.join('')}  }\n}\n`,
    ...provider.aws.map((body) => `provider "aws" {\n${bodyOf(body, '  ')}}\n`),
    ...blocksOf('data', data),
    ...blocksOf('resource', resource),
  ].join('\n');
}

function blocksOf(kind: string, byType: TerraformDocument['resource']): readonly string[] {
  return Object.entries(byType).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, body]) => `${kind} "${type}" "${name}" {\n${bodyOf(body, '  ')}}\n`),
  );
}

/** Objects are blocks, lists of objects repeated blocks. */
function bodyOf(body: object, indent: string): string {
  return Object.entries(body)
    .flatMap(([key, value]: [string, unknown]) => {
      const inner =
        isMap(key) && !Array.isArray(value)
          ? []
          : [value].flat().filter((item) => typeof item === 'object' && item !== null);
      if (inner.length === 0)
        return [`${indent}${key} = ${references.includes(key) ? unquoted(value) : literal(value)}\n`];
      return inner.map((block) => `${indent}${key} {\n${bodyOf(block, `${indent}  `)}${indent}}\n`);
    })
    .join('');
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)} = ${literal(item)}`)
      .join(', ')} }`;
  }
  return JSON.stringify(value);
}

function unquoted(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
