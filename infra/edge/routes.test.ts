import { describe, expect, it } from 'vitest';
import { conditionsOf, prioritiesOf } from './routes.ts';

describe('the rules of routes', () => {
  it('match a path and all below it, and a host in any domain', () => {
    expect(conditionsOf({ path: '/admin/*' })).toEqual([{ pathPattern: { values: ['/admin', '/admin/*'] } }]);
    expect(conditionsOf({ host: 'admin' })).toEqual([{ hostHeader: { values: ['admin.*'] } }]);
  });

  it('are tried hosts first, then longer paths before shorter ones', () => {
    const priorities = prioritiesOf([
      { name: 'api', route: { path: '/api/*' } },
      { name: 'reports', route: { path: '/api/reports/*' } },
      { name: 'admin', route: { host: 'admin' } },
    ]);
    const order = Object.entries(priorities).toSorted(([, a], [, b]) => a - b);

    expect(order.map(([name]) => name)).toEqual(['admin', 'reports', 'api']);
    expect(order.every(([, priority]) => priority > 10 && priority < 49_001)).toBe(true);
  });

  it('keep their priorities when another one comes, and share none', () => {
    const routed = Array.from({ length: 20 }, (_, index) => ({ name: `p${index}`, route: { path: '/same/*' } }));
    const all = prioritiesOf(routed);

    expect(new Set(Object.values(all)).size).toBe(20);
    expect(prioritiesOf(routed.slice(0, 1))).toEqual({ p0: all['p0'] });
  });
});
