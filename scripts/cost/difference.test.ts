import { expect, it } from 'vitest';
import { graphOf } from '../../infra/testing/graph-of.ts';
import { sayCostChange } from '../output/cost-text.ts';
import { compareCosts } from './difference.ts';
import { estimateCost } from './estimate.ts';
import { billedUnits, type PriceKey, type Prices } from './prices.ts';

/** Not AWS's: of any numbers, the differences must be right. */
const everyPrice: Prices = Object.fromEntries(Object.keys(billedUnits).map((key) => [key, 0.5]));
const without = (...keys: readonly PriceKey[]): Prices =>
  Object.fromEntries(Object.entries(everyPrice).filter(([key]) => !keys.some((one) => one === key)));

async function between(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  prices: Prices = everyPrice,
) {
  const [one, other] = [await graphOf('staging', before), await graphOf('staging', after)];
  return compareCosts(estimateCost(one, 'eu-central-1', prices), estimateCost(other, 'eu-central-1', prices));
}
const say = (value: Awaited<ReturnType<typeof between>>) => sayCostChange({ value: { ...value, since: '1.0.0' } });

it('is what another setting adds, and the same with the other sign', async () => {
  const larger = { natGateways: 'per-zone' };
  const smaller = { natGateways: 'single' };
  // A gateway and its address, each an hour at 0.5, in a month of 730 hours.
  expect(say(await between(smaller, larger))).toBe('adds $730.00 a month compared with 1.0.0');
  expect(say(await between(larger, smaller))).toBe('saves $730.00 a month compared with 1.0.0');
});

it('goes from the fewest tasks to the most', async () => {
  const two = { apiDesiredCount: '2', apiMaxCount: '4' };
  const more = { apiDesiredCount: '3', apiMaxCount: '8' };
  // 0.25 vCPU and 0.5 GB for 730 hours, at 0.5 each.
  expect((await between(two, more)).monthly).toEqual({ least: 273.75, most: 1095 });
  expect(say(await between(two, { apiDesiredCount: '3', apiMaxCount: '3' }))).toBe(
    'changes the cost by -$273.75 to +$273.75 a month compared with 1.0.0',
  );
});

it('needs no price of what stays as it is', async () => {
  const others = without('rds.db.t4g.micro.hour', 'alb.hour');
  expect(say(await between({ natGateways: 'single' }, { natGateways: 'per-zone' }, others))).toBe(
    'adds $730.00 a month compared with 1.0.0',
  );
  expect(say(await between({}, {}, {}))).toBe('adds nothing compared with 1.0.0');
});

it('is at least that much where what is added has no price', async () => {
  const added = { natGateways: 'per-zone', syntheticCheck: 'true' };
  const difference = await between({ natGateways: 'single' }, added, without('health-check.month'));
  expect(difference.moreNotPriced).toEqual(['health-check.month']);
  expect(say(difference)).toMatch(
    /^adds at least \$\d+\.\d\d a month compared with 1\.0\.0: no price for health-check\.month$/,
  );
  const removed = await between(added, { natGateways: 'single' }, without('health-check.month'));
  expect(say(removed)).toMatch(/^saves at least \$/);
});

it('is not known where a class is replaced by one that has no price, and never a number', async () => {
  const [before, after] = [{ databaseInstanceClass: 'db.t4g.micro' }, { databaseInstanceClass: 'db.t4g.large' }];
  const difference = await between(before, after, without('rds.db.t4g.large.hour'));
  // The class that goes has a price: without the other one's, that would be called a saving.
  expect(difference).toMatchObject({ monthly: { least: -365 }, moreNotPriced: ['rds.db.t4g.large.hour'] });
  expect(say(difference)).toBe('not known: no price for rds.db.t4g.large.hour');
  expect(say(await between(before, after, {}))).toBe(
    'not known: no price for rds.db.t4g.large.hour, rds.db.t4g.micro.hour',
  );
});

it('of what is billed by its size, depends on the size', async () => {
  const proxied = { databaseProxy: 'true', databaseInstanceClass: 'db.m7g.large' };
  const difference = await between(proxied, { ...proxied, databaseInstanceClass: 'db.m7g.2xlarge' });
  // Both classes at 0.5; the proxy has 8 vCPUs in front of it instead of 2.
  expect(difference.monthly.least).toBe(6 * 730 * 0.5);
});
