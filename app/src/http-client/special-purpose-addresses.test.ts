import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { specialPurposeAddresses } from './special-purpose-addresses.ts';

interface Block {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

/** By arithmetic on the whole address: not by the list of blocks of Node's that is tested here. */
function blockOf(text: string): Block {
  const [network, prefix] = text.split('/') as [string, string];
  const bytes = ipaddr.parse(network).toByteArray();
  const bits = bytes.length === 4 ? 32 : 128;
  const first = bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
  return { bits, first, last: first + (1n << BigInt(bits - Number(prefix))) - 1n };
}

function addressOf(number: bigint, bits: 32 | 128): string {
  const bytes = Array.from({ length: bits / 8 }, (_, index) => Number((number >> BigInt(bits - 8 - 8 * index)) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

const blocks = specialPurposeAddresses.map(([text]) => blockOf(text));
const isIn = (number: bigint, bits: number) =>
  blocks.some((block) => block.bits === bits && block.first <= number && number <= block.last);

/** Repeatable: a multiplicative generator modulo 2^61 - 1. */
function* numbers(bits: number): Generator<bigint> {
  const modulus = (1n << 61n) - 1n;
  let state = 20_261_121n;
  const next = () => (state = (state * 48_271n) % modulus);
  while (true) {
    yield ((next() << 122n) ^ (next() << 61n) ^ next()) & ((1n << BigInt(bits)) - 1n);
  }
}

describe.each(specialPurposeAddresses)('the block %s (%s)', (text) => {
  const { bits, first, last } = blockOf(text);

  it('is refused from its first address to its last', () => {
    const inside = [first, first + 1n, (first + last) / 2n, last - 1n, last].filter((at) => first <= at && at <= last);
    expect(inside.filter((at) => isPublicAddress(addressOf(at, bits))).map((at) => addressOf(at, bits))).toEqual([]);
  });

  it('ends where the registry says: its neighbours are public unless they are in another block', () => {
    for (const neighbour of [first - 1n, last + 1n].filter((at) => at >= 0n && at < 1n << BigInt(bits))) {
      const address = addressOf(neighbour, bits);
      expect([address, isPublicAddress(address)]).toEqual([address, !isIn(neighbour, bits)]);
    }
  });
});

describe('beside the registries', () => {
  it.each([
    ['::127.0.0.1', 'IPv4-compatible'],
    ['::a00:1', 'IPv4-compatible'],
    ['::ffff:8.8.8.8', 'IPv4-mapped, of a public address'],
    ['::ffff:0:a00:1', 'IPv4-translated (RFC 2765)'],
    ['64:ff9b::7f00:1', 'NAT64'],
    ['64:ff9b:1:7f00:0:100::', 'NAT64 of local use'],
    ['2002:7f00:1::', '6to4'],
    ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'Teredo'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'not given out'],
    ['fe80::1%eth0', 'with a zone'],
    ['2606:2800:220:1:248:1893:25c8:1946%eth0', 'with a zone'],
    ['0x7f.1', 'no canonical spelling'],
    ['', 'nothing'],
  ])('%s (%s) is refused', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it('every address that ipaddr.js knows as special is refused, of 40,000 and of all edges', () => {
    const accepted: string[] = [];
    const check = (number: bigint, bits: 32 | 128) => {
      const address = addressOf(number, bits);
      if (isPublicAddress(address) && ipaddr.parse(address).range() !== 'unicast') {
        accepted.push(address);
      }
    };
    for (const bits of [32, 128] as const) {
      const random = numbers(bits);
      for (let count = 0; count < 20_000; count += 1) {
        check(random.next().value, bits);
      }
    }
    for (const { bits, first, last } of blocks) {
      for (const edge of [first - 1n, first, last, last + 1n].filter((at) => at >= 0n && at < 1n << BigInt(bits))) {
        check(edge, bits);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('is everything else: what is in no block is public', () => {
    for (const bits of [32, 128] as const) {
      const random = numbers(bits);
      for (let count = 0; count < 20_000; count += 1) {
        const number = bits === 128 && count % 2 === 0 ? globalUnicast(random.next().value) : random.next().value;
        const address = addressOf(number, bits);
        expect([address, isPublicAddress(address)]).toEqual([address, !isIn(number, bits)]);
      }
    }
  });
});

/** The same host in 2000::/3. */
function globalUnicast(number: bigint): bigint {
  return (number & ((1n << 125n) - 1n)) | (1n << 125n);
}
