import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheNodeTypes } from '../../infra/catalog/elasticache-node-types.ts';
import { instanceClasses } from '../../infra/catalog/rds-instance-classes.ts';
import { graphOf } from '../../infra/testing/graph-of.ts';
import { renderCost, summarizeCost } from '../output/cost-text.ts';
import { plain } from '../output/paint.ts';
import { type Estimate, estimateCost } from './estimate.ts';
import { readOwnPrices } from './own-prices.ts';
import { anyRegion, isPriceKey, type PricedItem, priceOf, priceTable } from './prices.ts';

const frankfurt = 'eu-central-1';
const staging = async (config: Record<string, string> = {}) =>
  estimateCost(await graphOf('staging', config), frankfurt);
const amount = ({ lines }: Estimate, key: string) => lines.find((line) => line.key === key)?.monthly;
const whats = ({ lines }: Estimate, component: string) =>
  lines.filter((line) => line.component === component).map(({ what }) => what);

describe('the price table', () => {
  const items: readonly (readonly [string, PricedItem])[] = Object.entries(priceTable);

  it('says of each price where it is from, and when it held', () => {
    for (const [key, { prices }] of items) {
      for (const { usd, source } of Object.values(prices)) {
        expect(usd, key).toBeGreaterThan(0);
        expect(source.where, key).not.toBe('');
        expect(source.date, key).toMatch(/^20\d\d(-\d\d){0,2}$/);
      }
    }
  });

  it('never takes one region’s price for another’s', () => {
    expect(priceOf('rds.db.t4g.medium.hour', 'us-east-1', {})).toBe(0.065);
    expect(priceOf('rds.db.t4g.medium.hour', frankfurt, {})).toBeUndefined();
    expect(priceOf('alb.hour', 'eu-west-1', {})).toBeUndefined();
    for (const [key, { prices }] of items) {
      const regions = Object.keys(prices);
      expect(regions.includes(anyRegion) ? regions.length : 1, key).toBe(1);
    }
  });

  it('knows everything that settings can ask for', () => {
    const keys = [
      ...instanceClasses.map((name) => `rds.${name}.hour`),
      ...cacheNodeTypes.map((name) => `valkey.${name}.hour`),
    ];

    expect(keys.filter((key) => !isPriceKey(key))).toEqual([]);
  });
});

describe('the cost of an environment', () => {
  it('counts tasks by vCPU and GB, from the desired count to where autoscaling goes', async () => {
    const estimate = await staging({
      apiCpuUnits: '512',
      apiMemoryMiB: '1024',
      apiDesiredCount: '2',
      apiMaxCount: '6',
    });

    // 2 × 0.5 vCPU × 730 h × $0.04656, and 6 of them; 1 GB each at $0.00511.
    expect(amount(estimate, 'fargate.x86.vcpu-hour')).toEqual({ least: 33.99, most: 101.97 });
    expect(amount(estimate, 'fargate.x86.gb-hour')).toEqual({ least: 7.46, most: 22.38 });
  });

  it('sets what runs on Spot apart, as its price varies', async () => {
    const estimate = await staging({ apiDesiredCount: '3', apiMaxCount: '5', onDemandCount: '1', spotPercent: '50' });

    expect(whats(estimate, 'api')[0]).toBe('2 to 3 tasks of 0.25 vCPU');
    expect(whats(estimate, 'api')[2]).toBe('1 to 2 tasks of 0.25 vCPU and 0.5 GB on Spot, at a variable price');
    expect(estimate.notPriced).toContain('fargate.spot.task-hour');
  });

  it('counts a standby twice, with its storage', async () => {
    const alone = await staging();
    const twice = await staging({ databaseMultiAz: 'true' });

    expect(amount(alone, 'rds.db.t4g.micro.hour')).toEqual({ least: 13.87, most: 13.87 });
    expect(amount(twice, 'rds.db.t4g.micro.hour')).toEqual({ least: 27.74, most: 27.74 });
    expect(amount(alone, 'rds.gp3.gb-month')).toEqual({ least: 2.74, most: 13.7 });
    expect(amount(twice, 'rds.gp3.gb-month')).toEqual({ least: 5.48, most: 27.4 });
  });

  it.each([
    ['none', undefined],
    ['single', 37.96],
    ['per-zone', 75.92],
  ])('with NAT gateways %s counts them', async (natGateways, usd) => {
    const estimate = await staging({ natGateways, vpcEndpoints: 'all' });

    expect(amount(estimate, 'nat.hour')?.least).toBe(usd);
    // 4 endpoints in 2 zones.
    expect(amount(estimate, 'endpoint.hour')?.least).toBe(70.08);
  });

  it('adds what a setting adds', async () => {
    const before = await staging();
    const after = await staging({ encryption: 'customer-managed', syntheticCheck: 'true', databaseProxy: 'true' });

    expect(amount(before, 'kms.key-month')).toBeUndefined();
    expect(amount(after, 'kms.key-month')?.least).toBe(1);
    expect(amount(after, 'health-check.month')?.least).toBe(0.5);
    expect(after.notPriced).toContain('rds.proxy.hour');
    expect(before.notPriced).not.toContain('rds.proxy.hour');
  });

  it('sums up what is priced, and lists what is not', async () => {
    const estimate = await staging();
    const sum = estimate.lines.reduce((total, { monthly }) => total + (monthly?.least ?? 0), 0);

    expect(estimate.total.least).toBeCloseTo(sum, 2);
    expect(estimate.total.most).toBeGreaterThan(estimate.total.least);
    expect(estimate.notPriced).toContain('valkey.cache.t4g.micro.hour');
    expect(estimate.lines.filter(({ monthly, source }) => (monthly === undefined) !== (source === undefined))).toEqual(
      [],
    );
  });

  it('has no price for a region that nobody read prices of', async () => {
    const estimate = estimateCost(await graphOf('staging'), 'ap-south-1');

    expect(estimate.lines.filter(({ monthly }) => monthly !== undefined).map(({ key }) => key)).toEqual([
      'ipv4.hour',
      'ipv4.hour',
      'dashboard.month',
    ]);
  });

  it('reads as a table that hides nothing', async () => {
    const estimate = await staging();
    const text = renderCost(estimate, plain);

    expect(text).toMatch(/^api +2 to 4 tasks of 0\.25 vCPU +\$16\.99 +\$33\.99$/m);
    expect(text).toMatch(/^valkey +.* not priced$/m);
    expect(text).toContain('Not priced: no dated source for eu-central-1');
    expect(text).toContain('traffic to the internet');
    expect(summarizeCost(estimate)).toMatch(/^\$\d+\.\d\d to \$\d+\.\d\d a month, without \d+ unknown prices$/);
  });
});

describe('prices of one’s own', () => {
  const write = async (text: string) => {
    const path = join(await mkdtemp(join(tmpdir(), 'prices-')), 'prices.json');
    writeFileSync(path, text);
    return path;
  };

  it('fill what the table does not know, and go before it', async () => {
    const own = await readOwnPrices(await write('{"valkey.cache.t4g.micro.hour": 0.02, "alb.hour": 1}'));
    const estimate = estimateCost(await graphOf('staging'), frankfurt, own);

    expect(amount(estimate, 'valkey.cache.t4g.micro.hour')?.least).toBe(14.6);
    expect(amount(estimate, 'alb.hour')?.least).toBe(730);
    expect(estimate.lines.find(({ key }) => key === 'alb.hour')?.source).toBe('given with --prices');
  });

  it.each([
    ['{"alb.hours": 1}', 'alb.hours is nothing that is billed: did you mean alb.hour?'],
    ['{"alb.hour": "1"}', 'it is not an object of numbers'],
    ['nonsense', 'is not valid JSON'],
  ])('%s is refused', async (text, message) => {
    await expect(readOwnPrices(await write(text))).rejects.toThrow(message);
  });
});
