import { expect, it } from 'vitest';

import { exampleContainer, exampleGraph } from '../testing/example-graph.ts';
import { parseProgram } from './program.ts';
import { unrealised } from './unrealised.ts';

const byIam = exampleGraph({
  container: {
    environment: [...exampleContainer().environment, { name: 'DATABASE_AUTHENTICATION', value: 'iam' }],
    secrets: [],
  },
});

it('has a password where AWS would take a token of IAM', () => {
  const [service] = parseProgram(byIam).services;

  expect(service?.task.container.environment).toContainEqual({ name: 'DATABASE_AUTHENTICATION', value: 'password' });
  expect(service?.task.container.secrets).toEqual([
    { name: 'DATABASE_PASSWORD', valueFrom: '@{aws:secretsmanager/secret:Secret::app-password::arn}' },
  ]);
  expect(parseProgram(byIam).secrets.map(({ name }) => name)).toContain('app-password');
});

it('says so', () => {
  const line = 'IAM database authentication: the app logs in with a password';

  expect(unrealised(byIam, undefined)).toContain(line);
  expect(unrealised(exampleGraph(), undefined)).not.toContain(line);
});

it('leaves alone what logs in with a password', () => {
  const [service] = parseProgram(exampleGraph()).services;

  expect(service?.task.container).toEqual(expect.objectContaining(JSON.parse(JSON.stringify(exampleContainer()))));
});
