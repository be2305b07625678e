import { describe, expect, it } from 'vitest';
import { publicAuthorities, rdsAuthorities } from '../../../infra/data/authorities.ts';
import { exampleFacts } from '../testing/example-facts.ts';
import { exampleContainer, exampleGraph, exampleValkey } from '../testing/example-graph.ts';
import { parseProgram } from './program.ts';
import { renderStacks } from './stacks.ts';

function environmentWith(values: Readonly<Record<string, string>>) {
  const added = Object.entries(values).map(([name, value]) => ({ name, value }));
  const { environment } = exampleContainer();
  const graph = exampleGraph({ container: { environment: [...environment, ...added] } });
  const program = parseProgram({ ...graph, resources: [...graph.resources, ...exampleValkey()] });
  return renderStacks(program, exampleFacts).services.services['api']?.environment;
}

describe('the authorities of AWS', () => {
  const rds = rdsAuthorities('eu-central-1') ?? '';

  it('are those of the local servers here, in variables of any name', () => {
    const environment = environmentWith({
      TRUST: rds,
      CACHE_TRUST: publicAuthorities(),
      BOTH: `${rds}${publicAuthorities()}`,
    });

    expect(environment).toMatchObject({
      TRUST: 'PEM of the database',
      CACHE_TRUST: 'PEM of Valkey',
      BOTH: 'PEM of the database',
    });
  });

  it('leave certificates of others alone', () => {
    const own = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

    expect(environmentWith({ PARTNER: own })).toMatchObject({ PARTNER: own });
  });
});
