import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAnnouncer, linkOf, receiversOf, sentenceOf } from './announce.ts';
import { rollback } from './rollback.ts';
import { entry } from './testing/ledger-entry.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const commit = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567';
const good = entry('1.4.0', { environment: 'prod', action: 'promote', release: { ...release('1.4.0'), commit } });
const announcement = { target: 'aws', entry: good, link: 'https://github.test/acme/shop/actions/runs/17' } as const;

interface Received {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

/** Whoever receives, over HTTP. */
async function receiver(answer: (path: string) => readonly [number, object] | 'nothing' = () => [200, { id: 7 }]) {
  const received: Received[] = [];
  const server = createServer(async (incoming, response) => {
    const path = incoming.url ?? '';
    const body = JSON.parse(await text(incoming));
    received.push({ path, body, authorization: incoming.headers.authorization });
    const answered = answer(path);
    if (answered === 'nothing') return void incoming.socket.destroy();
    response.writeHead(answered[0], { 'content-type': 'application/json' }).end(JSON.stringify(answered[1]));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const github = { api: url, repository: 'acme/shop', token: 't' };
  return { received, all: { slack: `${url}/slack`, teams: `${url}/teams`, webhook: `${url}/hook`, github } };
}

describe('a release', () => {
  it('is told to Slack, Teams, a webhook and GitHub, with version, who, how long, and where to read more', async () => {
    const { received, all } = await receiver();
    expect(await createAnnouncer(all, fetch).announce(announcement)).toEqual([]);

    const sentence =
      'prod (aws): 1.4.0 promoted and verified, after 12.0 s, by ada@desk, commit 0a1b2c3d4e5f\nhttps://github.test/acme/shop/actions/runs/17';
    const of = (path: string) => received.find((one) => one.path === path)?.body;
    expect(of('/slack')).toEqual({ text: sentence });
    expect(JSON.stringify(of('/teams'))).toContain('AdaptiveCard');
    expect(of('/hook')).toMatchObject({
      ...{ event: 'release', environment: 'prod', action: 'promote', outcome: 'good', version: '1.4.0', commit },
      ...{ by: 'ada@desk', seconds: 12, link: announcement.link },
    });
    expect(of('/repos/acme/shop/deployments')).toMatchObject({
      ...{ ref: commit, environment: 'prod', auto_merge: false, required_contexts: [] },
    });
    expect(received.find(({ path }) => path === '/repos/acme/shop/deployments/7/statuses')).toMatchObject({
      authorization: 'Bearer t',
      body: { state: 'success', log_url: announcement.link },
    });
  });

  it('says why it failed, and cannot forge a mention in Slack', async () => {
    const { received, all } = await receiver();
    const failed = entry('1.5.0', { outcome: 'failed', reason: 'never ready <!channel> & more' });
    await createAnnouncer({ slack: all.slack }, fetch).announce({ target: 'local', entry: failed });
    expect(received[0]?.body['text']).toContain('failed');
    expect(received[0]?.body['text']).toContain('&lt;!channel&gt; &amp; more');
    expect(sentenceOf({ target: 'local', entry: { ...failed, action: 'rollback', outcome: 'good' } })).toContain(
      '1.5.0 rolled back to and verified',
    );
  });

  it('is not held up by whoever cannot be told, who is named without the address', async () => {
    const { all } = await receiver((path) =>
      path === '/slack' ? [404, {}] : path === '/teams' ? 'nothing' : [302, {}],
    );
    const failures = await createAnnouncer(all, fetch).announce(announcement);
    expect(failures).toEqual([
      'Slack was not told: it answered with 404.',
      'Teams was not told: it did not answer within 10 s, or cannot be reached.',
      expect.stringMatching(/^The webhook was not told/),
      expect.stringMatching(/^GitHub was not told/),
    ]);
    expect(failures.join()).not.toContain('127.0.0.1');
  });
});

describe('a flow', () => {
  it('tells how each attempt ended: a release, a failure, a rollback', async () => {
    const told: string[] = [];
    const flow = {
      ...memoryFlow(),
      announce: async ({ action, outcome }: { action: string; outcome: string }) =>
        void told.push(`${action} ${outcome}`),
    };
    await up(flow, 'staging');
    flow.platform.source = release('2.0.0');
    await up(flow, 'staging');
    flow.platform.faults.neverReady.push('3.0.0');
    flow.platform.source = release('3.0.0');
    await rejection(up(flow, 'staging'));
    await rollback(flow, 'staging', { ...rollbackOptions, to: '1.0.0' });
    expect(told).toEqual(['up good', 'up good', 'up failed', 'rollback good']);
  });
});

it('receivers are named by variables, and GitHub only where it is asked for', () => {
  const github = { GITHUB_TOKEN: 't', GITHUB_REPOSITORY: 'acme/shop' };
  expect(receiversOf({ STACK_NOTIFY_SLACK: 'https://a', STACK_NOTIFY_TEAMS: '', ...github })).toEqual({
    ...{ slack: 'https://a', teams: undefined, webhook: undefined, github: undefined },
  });
  expect(receiversOf({ STACK_NOTIFY_GITHUB: 'deployments', ...github }).github?.api).toBe('https://api.github.com');
  expect(linkOf({ GITHUB_SERVER_URL: 'https://g', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '17' })).toBe(
    'https://g/acme/shop/actions/runs/17',
  );
});
