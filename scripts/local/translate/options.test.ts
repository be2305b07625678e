import { describe, expect, it } from 'vitest';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { exampleFacts } from '../testing/example-facts.ts';
import { parseProgram } from './program.ts';
import { renderStacks } from './stacks.ts';
import { unrealised } from './unrealised.ts';

const domain = { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

/** What settings ask AWS for, and what this machine says of it; nothing that it does not understand is passed over. */
const options: readonly (readonly [Readonly<Record<string, string>>, string | undefined])[] = [
  [{ deploymentStrategy: 'blue-green' }, 'blue-green and canary: here a release is always rolled out task by task'],
  [{ deploymentStrategy: 'canary', ...domain }, 'TLS at the load balancer: plain HTTP here'],
  [{ spotPercent: '50' }, 'capacity providers: no task runs on Spot (1 resource)'],
  [{ databaseProxy: 'true' }, 'RDS Proxy: tasks connect to Postgres directly (3 resources)'],
  [{ encryption: 'customer-managed' }, 'encryption keys (2 resources)'],
  [{ syntheticCheck: 'true' }, 'the synthetic check (1 resource)'],
  [{ ecsExec: 'true' }, undefined],
  [{ natGateways: 'none', vpcEndpoints: 'all' }, undefined],
  [{ cpuArchitecture: 'ARM64' }, undefined],
];

describe('an option of the program', () => {
  it.each(options)('%j is understood here', async (config, says) => {
    const graph = await graphOf('staging', config);
    const program = parseProgram(graph);
    const lines = unrealised(graph, program.loadBalancer);

    expect(program.services.map(({ name }) => name)).toContain('api');
    expect(program.services.every(({ rollsBack }) => rollsBack)).toBe(true);
    if (says !== undefined) expect(lines).toContain(says);
    // A type that has no words of its own is listed by its name.
    expect(lines.filter((line) => /^[a-z-]+:/.test(line) && line.includes('/'))).toEqual([]);
  });

  it('databaseProxy: tasks get the address of the database itself', async () => {
    const program = parseProgram(await graphOf('staging', { databaseProxy: 'true' }));
    const documents = JSON.stringify(renderStacks(program, exampleFacts));

    expect(documents).toContain('"DATABASE_HOST":"database"');
    expect(documents).not.toContain('aws:rds/proxy');
  });
});
