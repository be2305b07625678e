import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EvidenceRequest, makeEvidence, readApprovals, unread } from './evidence.ts';
import { promote } from './promote.ts';
import { openStatement } from './signed-statement.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

async function promoted() {
  const flow = memoryFlow();
  flow.platform.source = release('1.4.0');
  await up(flow, 'staging');
  await promote(flow, promoteOptions);
  const request = (environment: string, ...names: readonly string[]): EvidenceRequest => ({
    environment,
    places: names.map((name) => ({ environment: name, target: flow.target })),
    approvals: async () => [{ by: 'grace', state: 'approved', environment: 'prod', comment: '' }],
    by: 'ci',
    clock: flow.clock,
    key: privateKey,
  });
  return { flow, request };
}

describe('evidence of a release', () => {
  it('says what was verified where, by whom and approved by whom, for the digest, and is signed', async () => {
    const { request } = await promoted();
    const { envelope } = await makeEvidence({ ...request('prod', 'prod', 'staging'), version: '1.4.0' });
    const statement = openStatement(JSON.stringify(envelope), publicKey, 'it');
    expect(statement.subject).toEqual([
      { name: 'app:1.4.0', digest: { sha256: release('1.4.0').digest.replace('sha256:', '') } },
    ]);
    expect(statement.predicate).toMatchObject({
      madeBy: 'ci',
      release: { version: '1.4.0', commit: 'c-1.4.0' },
      places: [
        {
          environment: 'prod',
          runs: { value: true },
          attempts: { value: [{ action: 'promote', outcome: 'good', by: 'ada@desk' }] },
        },
        {
          environment: 'staging',
          attempts: {
            value: [{ action: 'up', outcome: 'good', verification: { passed: true, checks: expect.any(Array) } }],
          },
        },
      ],
      approvals: { value: [{ by: 'grace', state: 'approved' }] },
    });
  });

  it('says what is not known, and never takes it for an approval or a verification', async () => {
    const { flow, request } = await promoted();
    flow.platform.beforeStep = async (step) => {
      if (step === 'observe') throw unread('the platform is out of reach');
    };
    const asked = {
      ...request('prod', 'prod'),
      approvals: async () => Promise.reject(unread('GitHub did not answer')),
    };
    const { evidence } = await makeEvidence(asked);
    expect(evidence.approvals).toEqual({ unknown: 'GitHub did not answer' });
    expect(evidence.places[0]?.runs).toEqual({ unknown: 'the platform is out of reach' });
  });

  it('is refused for a release that never was there', async () => {
    const { request } = await promoted();
    const error = await rejection(makeEvidence({ ...request('prod', 'prod'), version: '9.9.9' }));
    expect(error.code).toBe('RELEASE_UNKNOWN');
  });
});

describe('approvals of a workflow run', () => {
  async function github(status: number, body: unknown) {
    const asked: string[] = [];
    const server = createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { asked, run: { api, repository: 'acme/shop', run: '17', token: 't' } };
  }

  it('are who said yes or no, for which environment', async () => {
    const { asked, run } = await github(200, [
      { state: 'approved', comment: 'go', environments: [{ name: 'prod' }], user: { login: 'grace' } },
    ]);
    expect(await readApprovals(fetch, run)).toEqual([
      { by: 'grace', state: 'approved', environment: 'prod', comment: 'go' },
    ]);
    expect(asked).toEqual(['GET /repos/acme/shop/actions/runs/17/approvals Bearer t']);
  });

  it('are unknown where GitHub refuses or does not answer', async () => {
    const { run } = await github(403, {});
    expect((await rejection(readApprovals(fetch, run))).message).toContain('403');
    expect((await rejection(readApprovals(fetch, { ...run, api: 'http://127.0.0.1:1' }))).code).toBe(
      'APPROVALS_UNKNOWN',
    );
  });
});
