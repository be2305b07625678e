import { describe, expect, it } from 'vitest';
import type { Contract } from '../../../infra/contract/contract.ts';
import { type Stop, tellOfStop } from './stop.ts';

const trial = { contract: { processes: { api: { stopTimeoutSeconds: 35 } } } as unknown as Contract };
const http = { port: 8080, liveness: '/health', readiness: '/ready' };
const good: Stop = {
  exitCode: 0,
  seconds: 8.2,
  draining: true,
  traffic: { requests: 100, limited: 0, failures: [] },
};
const tell = (stop: Partial<Stop>, serving = { name: 'api', http }) => tellOfStop(trial, serving, { ...good, ...stop });

describe('a stop under load', () => {
  it('is well where nothing failed, with the time that it took', () => {
    expect(tell({})).toBe('0 of 100 requests failed, exit code 0, 8.2 s of at most 35 s');
  });

  it('may end by SIGTERM once the task has drained, and not before', () => {
    expect(tell({ exitCode: 143 })).toContain('exit code 143');
    expect(() => tell({ exitCode: 143, draining: false })).toThrow('SIGTERM ended it (143) before it drained');
  });

  it.each([
    ['a kill', { exitCode: 137 }, 'it ended with 137, killed'],
    ['another exit code', { exitCode: 1 }, 'it ended with 1'],
    ['no draining', { draining: false }, 'it stopped without draining'],
    [
      'a lost request',
      { traffic: { requests: 100, limited: 0, failures: ['socket hang up'] } },
      '1 of 100 requests failed: socket hang up',
    ],
  ])('is found with %s', (_, stop, message) => {
    expect(() => tell(stop)).toThrow(message);
  });

  it('says that draining was not checked where there is no readiness path', () => {
    const serving = { name: 'api', http: { port: 8080, liveness: '/health' } };
    expect(tell({ draining: false }, serving as never)).toContain('draining not checked');
  });
});
