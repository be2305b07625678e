import type { JsonSchema } from './openapi-types.ts';

const ofFormat: Readonly<Record<string, unknown>> = {
  uuid: '0189f7a4-3c4b-4d5e-8f60-718293a4b5c6',
  'date-time': '2026-11-21T09:00:00.000Z',
  email: 'someone@example.com',
};

/**
 * A value that a schema allows, put together from the examples of its parts. `undefined`: a part has none; a test says
 * which, since what it is a part of is then no valid example.
 */
export function exampleOf(schema: JsonSchema): unknown {
  const { examples, enum: values, anyOf, properties, items, type, format } = schema;
  if (Array.isArray(examples)) {
    return examples[0];
  }
  if ('const' in schema || Array.isArray(values)) {
    return Array.isArray(values) ? values[0] : schema['const'];
  }
  if (Array.isArray(anyOf)) {
    return exampleOf(anyOf[0]);
  }
  if (properties !== undefined) {
    const parts = Object.entries(Object(properties)).map(([name, part]) => [name, exampleOf(part as JsonSchema)]);
    return Object.fromEntries(parts.filter(([, example]) => example !== undefined));
  }
  switch (type) {
    case 'array':
      return [exampleOf(Object(items))];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    default:
      return ofFormat[String(format)];
  }
}
