import { expect, it } from 'vitest';
import { fitSettings } from '../../infra/manifest/fit.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { exampleApp } from '../../infra/testing/example-app.ts';
import { withAuthorities } from './earlier-authorities.ts';
import { exampleFacts } from './testing/example-facts.ts';
import { exampleContainer, exampleGraph, exampleValkey } from './testing/example-graph.ts';
import { parseProgram } from './translate/program.ts';
import { renderStacks } from './translate/stacks.ts';

const app = {
  ...exampleApp,
  variables: { ...exampleApp.variables, TRUST: '{database.ca}', CACHE_TRUST: '{valkey.ca}' },
};
const settings = fitSettings(parseSettings({ 'aws:region': 'eu-central-1' }, 'staging'), app);

function environmentOf({ valkey, own = [] }: { valkey: boolean; own?: readonly { name: string; value: string }[] }) {
  const { environment } = exampleContainer();
  const graph = exampleGraph({ container: { environment: [...environment, ...own] } });
  const program = parseProgram({ ...graph, resources: [...graph.resources, ...(valkey ? exampleValkey() : [])] });
  return renderStacks(withAuthorities(program, { app, settings }), exampleFacts).services.services['api']?.environment;
}

it('gives the tasks of an earlier program the authorities of the local servers, as the manifest names them', () => {
  expect(environmentOf({ valkey: true })).toMatchObject({ TRUST: 'PEM of the database', CACHE_TRUST: 'PEM of Valkey' });
  expect(environmentOf({ valkey: false })).not.toHaveProperty('CACHE_TRUST');
});

it('leaves what the program says itself', () => {
  const own = [{ name: 'TRUST', value: 'nobody' }];
  expect(environmentOf({ valkey: true, own })).toMatchObject({ TRUST: 'nobody' });
});
