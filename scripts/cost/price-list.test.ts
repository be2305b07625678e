import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startWireServer } from '../aws/testing/wire-server.ts';
import { rejection } from '../release/testing/rejection.ts';
import { offers } from './offers.ts';
import { readPriceList } from './price-list.ts';
import { billedUnits, type PriceKey } from './prices.ts';

const frankfurt = 'eu-central-1';

interface Product {
  readonly usagetype: string;
  readonly price?: string;
  readonly unit?: string;
  readonly tiers?: readonly (readonly [begin: string, price: string])[];
  readonly published?: string;
}

/** In the form of the API: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
function item({ usagetype, price = '0.5000000000', unit = 'Hrs', tiers = [['0', price]], published }: Product): string {
  const dimensions = tiers.map(([beginRange, USD], index) => [
    `SKU.TERM.${index}`,
    { unit, beginRange, endRange: 'Inf', description: '', appliesTo: [], pricePerUnit: { USD } },
  ]);
  return JSON.stringify({
    product: { productFamily: 'x', sku: 'SKU', attributes: { usagetype, regionCode: frankfurt } },
    serviceCode: 'x',
    version: '20261120000000',
    publicationDate: published ?? '2026-11-20T00:00:00Z',
    terms: { OnDemand: { 'SKU.TERM': { priceDimensions: Object.fromEntries(dimensions), sku: 'SKU' } } },
  });
}

/** The API with these products for every question. */
async function list(products: readonly Product[], pages: readonly (string | undefined)[] = [undefined]) {
  const asked: Record<string, unknown>[] = [];
  const server = await startWireServer({
    GetProducts: (input) => {
      asked.push(input);
      const NextToken = pages[asked.length - 1];
      return { body: { PriceList: products.map(item), ...(NextToken === undefined ? {} : { NextToken }) } };
    },
  });
  return { ...server, asked };
}
const read = async (products: readonly Product[], ...keys: readonly PriceKey[]) => {
  await using server = await list(products);
  return await readPriceList(server.clients.config, frankfurt, new Set(keys));
};

it('asks for what is billed, in that Region, and says since when the prices are', async () => {
  await using server = await list([
    { usagetype: 'EUC1-LoadBalancerUsage', price: '0.0270000000', published: '2026-11-19T00:00:00Z' },
    { usagetype: 'EUC1-LCUUsage', unit: 'LCU-Hrs', price: '0.0080000000' },
  ]);
  const { prices, published } = await readPriceList(
    server.clients.config,
    frankfurt,
    new Set<PriceKey>(['alb.hour', 'alb.lcu-hour', 'dashboard.month']),
  );

  expect(prices).toEqual({ 'alb.hour': 0.027, 'alb.lcu-hour': 0.008 });
  expect(published).toBe('2026-11-19T00:00:00Z');
  expect(server.asked).toHaveLength(2);
  expect(server.asked[0]).toMatchObject({
    ServiceCode: 'AWSELB',
    Filters: expect.arrayContaining([
      { Type: 'TERM_MATCH', Field: 'regionCode', Value: frankfurt },
      { Type: 'TERM_MATCH', Field: 'productFamily', Value: 'Load Balancer-Application' },
    ]),
  });
});

describe('a price', () => {
  it.each<[string, readonly Product[]]>([
    ['two products have the usage type', [{ usagetype: 'EUC1-LoadBalancerUsage' }, { usagetype: 'LoadBalancerUsage' }]],
    ['none has exactly that one', [{ usagetype: 'EUC1-Outposts-LoadBalancerUsage' }]],
    ['it is in another unit', [{ usagetype: 'EUC1-LoadBalancerUsage', unit: 'GB' }]],
    ['it is zero', [{ usagetype: 'EUC1-LoadBalancerUsage', price: '0.0000000000' }]],
    ['it is no number', [{ usagetype: 'EUC1-LoadBalancerUsage', price: 'see page' }]],
    ['it begins with no first tier', [{ usagetype: 'EUC1-LoadBalancerUsage', tiers: [['10', '0.5']] }]],
    ['there is none', []],
  ])('is left out where %s', async (_what, products) => {
    expect(await read(products, 'alb.hour')).toEqual({ prices: {} });
  });

  it('is that of the first tier, for our unit, with the prefix of any Region', async () => {
    const tiers = [
      ['0', '0.0000006000'],
      ['1000', '0.1'],
    ] as const;
    const listed = await read(
      [
        { usagetype: 'EU-RequestV2-Tier1', unit: 'Requests', tiers },
        { usagetype: 'eu-central-1-KMS-Keys', unit: 'Keys', price: '1' },
      ],
      'waf.million-requests',
      'kms.key-month',
    );
    expect(listed.prices['waf.million-requests']).toBeCloseTo(0.6, 6);
    expect(listed.prices['kms.key-month']).toBe(1);
  });

  it('is looked for on every page, and not guessed where there are too many', async () => {
    const products = [{ usagetype: 'EUC1-LoadBalancerUsage' }];
    await using two = await list([], ['next', undefined]);
    await readPriceList(two.clients.config, frankfurt, new Set<PriceKey>(['alb.hour']));
    expect(two.asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'next']);

    await using endless = await list(
      products,
      Array.from({ length: 10 }, () => 'next'),
    );
    const listed = await readPriceList(endless.clients.config, frankfurt, new Set<PriceKey>(['alb.hour']));
    expect(listed.prices).toEqual({});
    expect(endless.asked.length).toBeLessThan(10);
  });
});

it('is not waited for without end', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const access = {
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const reading = readPriceList(access, frankfurt, new Set<PriceKey>(['alb.hour']), 200);
  expect(await rejection(reading)).toMatchObject({
    code: 'PRICE_LIST_SLOW',
    message: expect.stringContaining('0.2 s'),
  });
  silent.closeAllConnections();
  silent.close();
});

it('has one offer at most for each thing that is billed', () => {
  const keys = offers.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(Object.keys(billedUnits).filter((key) => !keys.some((one) => one === key))).toEqual([
    'fargate.spot.x86.vcpu-hour',
    'fargate.spot.x86.gb-hour',
    'fargate.spot.arm.vcpu-hour',
    'fargate.spot.arm.gb-hour',
    'rds.proxy.vcpu-hour',
    'dashboard.month',
    'insights.service-month',
    'health-check.month',
    'health-check.https-month',
  ]);
});
