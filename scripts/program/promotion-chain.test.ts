import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { rejection } from '../release/testing/rejection.ts';
import { type Link, PromotionChain, readPromotionChain } from './promotion-chain.ts';

const chain = (...links: readonly (string | [string, string])[]) =>
  new PromotionChain(
    links.map(
      (link): Link =>
        typeof link === 'string' ? { environment: link } : { environment: link[0], promoteFrom: link[1] },
    ),
  );
const three = () => chain('dev', ['live', 'test'], ['test', 'dev']);

function refusalOf(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('a chain of promotion', () => {
  it('has its environments in the order in which a release passes through them, whatever their names', () => {
    expect(three().environments).toEqual(['dev', 'test', 'live']);
    expect(chain('a-sandbox', ['eu', 'qa'], 'qa', ['us', 'qa']).environments).toEqual(['qa', 'eu', 'us', 'a-sandbox']);
  });

  it('begins with the environment from which others promote', () => {
    expect(three().first()).toBe('dev');
    expect(chain('a-sandbox', ['eu', 'qa'], 'qa').first()).toBe('qa');
    expect(chain('only').first()).toBe('only');
  });

  it('never begins with an environment that expires', () => {
    const links = [{ environment: 'qa' }, { environment: 'a-pr', expires: '2026-01-01T00:00:00Z' }];
    expect(new PromotionChain(links).first()).toBe('qa');
    expect(new PromotionChain(links).environments).toEqual(['qa', 'a-pr']);
  });

  it('asks for a name where it would have to guess', () => {
    expect(refusalOf(() => chain('a', 'b').first())).toMatchObject({
      code: 'USAGE',
      message: 'This command needs an environment: a, b.',
    });
    expect(refusalOf(() => three().destination())).toMatchObject({
      code: 'USAGE',
      message: 'promote needs the environment to promote to: test, live.',
    });
    expect(refusalOf(() => chain('a').destination()).remedy).toContain('promoteFrom');
    expect(chain('a', ['b', 'a']).destination()).toBe('b');
  });

  it('gives each environment its predecessor and its successors', () => {
    expect(three().requirePredecessor('live')).toBe('test');
    expect(three().successors('dev')).toEqual(['test']);
    expect(refusalOf(() => three().requirePredecessor('dev'))).toMatchObject({
      code: 'NO_PREDECESSOR',
      remedy: expect.stringContaining('Pulumi.dev.yaml'),
    });
  });

  it('is refused where it names what does not exist, or never begins', () => {
    expect(refusalOf(() => chain('dev', ['live', 'tset']))).toMatchObject({
      code: 'CHAIN_UNKNOWN',
      message: 'live promotes from tset, which does not exist.',
    });
    expect(refusalOf(() => chain('dev', ['a', 'b'], ['b', 'a']))).toMatchObject({
      code: 'CHAIN_CIRCULAR',
      message: 'No release can reach these environments: a promotes from b promotes from a.',
    });
    expect(refusalOf(() => chain(['a', 'a'])).code).toBe('CHAIN_CIRCULAR');
  });
});

describe('the stack files', () => {
  const project = (files: Readonly<Record<string, string>>) => {
    const directory = mkdtempSync(join(tmpdir(), 'chain-'));
    writeFileSync(join(directory, 'Pulumi.yaml'), 'name: shop\n');
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, `Pulumi.${name}.yaml`), text);
    return directory;
  };

  it('say it, under the namespace of the project', async () => {
    const directory = project({
      dev: 'config:\n  aws:region: eu-central-1\n',
      live: 'config:\n  shop:promoteFrom: dev\n',
      old: 'config:\n  shop:promoteFrom: ""\n',
    });
    const read = await readPromotionChain(directory);
    expect(read.environments).toEqual(['dev', 'live', 'old']);
    expect(read.destination()).toBe('live');
  });

  it('are refused together where one of them cannot be read', async () => {
    const directory = project({ dev: '', live: 'config: [' });
    await expect(readPromotionChain(directory)).rejects.toThrow('Pulumi.live.yaml is not valid YAML');
    expect((await rejection(readPromotionChain(project({ a: 'config:\n  promoteFrom: b\n' })))).code).toBe(
      'CHAIN_UNKNOWN',
    );
  });
});
