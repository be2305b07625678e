import { describe, expect, it } from 'vitest';

import { exampleFacts } from '../testing/example-facts.ts';
import { exampleGraph } from '../testing/example-graph.ts';
import type { LocalFacts } from './local-facts.ts';
import { parseProgram } from './program.ts';
import { renderStacks } from './stacks.ts';

function data(facts: Partial<LocalFacts> = {}, database: Readonly<Record<string, unknown>> = {}) {
  const { data: document } = renderStacks(parseProgram(exampleGraph({ database })), { ...exampleFacts, ...facts });
  if (document === undefined) throw new Error('no data stack');
  return document;
}

const database = (...args: Parameters<typeof data>) => data(...args).services['database'];

describe('the database', () => {
  it('has the settings of the parameter group and the memory of the instance class', () => {
    expect(database()?.command?.join(' ')).toContain('-c max_connections=80');
    expect(database()?.deploy.resources.limits.memory).toBe('1024M');
    expect(database({}, { instanceClass: 'db.t4g.small' })?.deploy.resources.limits.memory).toBe('2048M');
  });

  it('speaks TLS, and refuses who does not where RDS would', () => {
    expect(database()?.command?.join(' ')).toContain('-c ssl=on');
    expect(database()?.environment['CONNECTION_TYPE']).toBe('hostssl');
  });

  it('keeps settings that only RDS knows from the server', () => {
    expect(database()?.command?.join(' ')).not.toContain('rds.');
  });

  it('keeps its data on a volume that outlives the stack, a folder per major version', () => {
    expect(database()?.volumes).toEqual([{ type: 'volume', source: 'database', target: '/var/lib/postgresql/data' }]);
    expect(data().volumes).toEqual({ database: { external: true, name: 'example-staging-database' } });
    expect(database()?.environment['DATA']).toBe('/var/lib/postgresql/data/17');
  });

  it('never runs twice on the same data', () => {
    expect(database()?.deploy.update_config.order).toBe('stop-first');
  });

  it('gets secrets under names that change with their values, because Swarm cannot change them', () => {
    const names = (facts: Partial<LocalFacts>) =>
      [data(facts).secrets, data(facts).configs].flatMap((files) => Object.values(files ?? {}).map(({ name }) => name));
    const password = (value: string) => ({ secretFingerprints: { 'database-password': value } });
    expect(names(password('x'))).not.toEqual(names(password('y')));
    const longest = names({ instance: 'i'.repeat(20), ...password('x'.repeat(12)) });
    // The longest name of an environment has 20 characters, this one 7; Swarm ends names at 64.
    expect(Math.max(...longest.map(({ length }) => length)) + 13).toBeLessThanOrEqual(64);
  });
});
