import { expect, it } from 'vitest';
import { meetingsIn } from './outage.ts';

it('knows by their addresses what clients did about a server that they must not trust', () => {
  const lines =
    'listening\n{"from":"10.0.1.5","did":"refused"}\n{"from":"10.0.1.6","did":"trusted"}\n{"from":"10.0.1.5","did":"plain"}\n';
  expect([...meetingsIn(lines)]).toEqual([
    ['10.0.1.5', [{ did: 'refused' }, { did: 'plain' }]],
    ['10.0.1.6', [{ did: 'trusted' }]],
  ]);
});
