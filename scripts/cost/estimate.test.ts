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
import { billedUnits, isPriceKey, type Prices } from './prices.ts';

const frankfurt = 'eu-central-1';
const staging = async (config: Record<string, string> = {}, prices: Prices = {}) =>
  estimateCost(await graphOf('staging', config), frankfurt, prices);
const amount = ({ lines }: Estimate, key: string) => lines.find((line) => line.key === key)?.quantity;
/** Not AWS's: of any numbers, the sums must be right. */
const everyPrice = Object.fromEntries(Object.keys(billedUnits).map((key) => [key, 0.5]));
const whats = ({ lines }: Estimate, component: string) =>
  lines.filter((line) => line.component === component).map(({ what }) => what);

it('knows everything that settings can ask for', () => {
  const keys = [
    ...instanceClasses.map((name) => `rds.${name}.hour`),
    ...cacheNodeTypes.map((name) => `valkey.${name}.hour`),
  ];
  expect(keys.filter((key) => !isPriceKey(key))).toEqual([]);
});

describe('what an environment is billed for', () => {
  it('counts tasks by vCPU and GB, from the desired count to where autoscaling goes', async () => {
    const tasks = { apiCpuUnits: '512', apiMemoryMiB: '1024', apiDesiredCount: '2', apiMaxCount: '6' };
    const estimate = await staging(tasks);
    // 2 × 0.5 vCPU × 730 h, and 6 of them; 1 GB each.
    expect(amount(estimate, 'fargate.x86.vcpu-hour')).toEqual({ least: 730, most: 2190 });
    expect(amount(estimate, 'fargate.x86.gb-hour')).toEqual({ least: 1460, most: 4380 });
  });

  it('sets what runs on Spot apart, as its price varies', async () => {
    const estimate = await staging({ apiDesiredCount: '3', apiMaxCount: '5', onDemandCount: '1', spotPercent: '50' });
    expect(whats(estimate, 'api')[0]).toBe('2 to 3 tasks of 0.25 vCPU');
    expect(whats(estimate, 'api')[2]).toBe('1 to 2 tasks of 0.25 vCPU on Spot');
    expect(amount(estimate, 'fargate.spot.x86.gb-hour')).toEqual({ least: 365, most: 730 });
  });

  it('counts a standby twice, with its storage', async () => {
    const alone = await staging();
    const twice = await staging({ databaseMultiAz: 'true' });
    expect(amount(alone, 'rds.db.t4g.micro.hour')).toEqual({ least: 730, most: 730 });
    expect(amount(twice, 'rds.db.t4g.micro.hour')).toEqual({ least: 1460, most: 1460 });
    expect(amount(alone, 'rds.gp3.gb-month')).toEqual({ least: 20, most: 100 });
    expect(amount(twice, 'rds.gp3.gb-month')).toEqual({ least: 40, most: 200 });
  });

  it.each([
    ['none', undefined],
    ['single', 730],
    ['per-zone', 1460],
  ])('with NAT gateways %s counts them', async (natGateways, hours) => {
    const estimate = await staging({ natGateways, vpcEndpoints: 'all' });
    expect(amount(estimate, 'nat.hour')?.least).toBe(hours);
    // 4 endpoints in 2 zones.
    expect(amount(estimate, 'endpoint.hour')?.least).toBe(5840);
  });

  it('adds what a setting adds', async () => {
    const before = await staging();
    const after = await staging({ encryption: 'customer-managed', syntheticCheck: 'true', databaseProxy: 'true' });
    expect(amount(before, 'kms.key-month')).toBeUndefined();
    for (const key of ['kms.key-month', 'health-check.month'] as const) expect(amount(after, key)?.least).toBe(1);
    // A db.t4g.micro has two vCPUs, and RDS Proxy is billed by them.
    expect(amount(after, 'rds.proxy.vcpu-hour')?.least).toBe(1460);
  });
});

describe('the total', () => {
  it('does not exist without prices, and nothing reads like one', async () => {
    const estimate = await staging();
    expect(estimate.total).toBeUndefined();
    expect(summarizeCost(estimate)).toMatch(/^not known without prices: \d+ things are billed/);
    const text = renderCost(estimate, plain);
    expect(text).not.toContain('$');
    expect(text).toMatch(/^api +2 to 4 tasks of 0\.25 vCPU +365 to 730 × vCPU-hour$/m);
    expect(text).toContain('Not priced for eu-central-1');
    expect(text).toContain('traffic to the internet');
  });

  it('is a lower bound while a single price is missing, such as that of the database', async () => {
    const { 'rds.db.t4g.micro.hour': _database, ...others } = everyPrice;
    const estimate = await staging({}, others);
    expect(estimate.notPriced).toEqual(['rds.db.t4g.micro.hour']);
    expect(summarizeCost(estimate)).toMatch(/^at least \$\d+\.\d\d a month: 1 prices are missing$/);
    expect(renderCost(estimate, plain)).toMatch(/^database .* not priced$/m);
  });

  it('is the sum of all lines when all are priced', async () => {
    const estimate = await staging({}, everyPrice);
    const sum = estimate.lines.reduce((total, { monthly }) => total + (monthly?.least ?? 0), 0);
    expect(estimate.notPriced).toEqual([]);
    expect(estimate.total?.least).toBeCloseTo(sum, 1);
    expect(summarizeCost(estimate)).toMatch(/^\$\d+\.\d\d to \$\d+\.\d\d a month$/);
  });
});

describe('prices of one’s own', () => {
  const write = async (text: string) => {
    const path = join(await mkdtemp(join(tmpdir(), 'prices-')), 'prices.json');
    writeFileSync(path, text);
    return path;
  };

  it('are multiplied with what is billed', async () => {
    const own = await readOwnPrices(await write('{"alb.hour": 1}'));
    const estimate = estimateCost(await graphOf('staging'), frankfurt, own);
    expect(estimate.lines.find(({ key }) => key === 'alb.hour')?.monthly).toEqual({ least: 730, most: 730 });
    expect(estimate.total).toEqual({ least: 730, most: 730 });
  });

  it.each([
    ['{"alb.hours": 1}', 'alb.hours is nothing that is billed: did you mean alb.hour?'],
    ['{"alb.hour": "1"}', 'it is not an object of numbers'],
    ['nonsense', 'is not valid JSON'],
  ])('%s is refused', async (text, message) => {
    await expect(readOwnPrices(await write(text))).rejects.toThrow(message);
  });
});
