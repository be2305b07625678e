import { describe, expect, it } from 'vitest';
import { checkPublicUrl, ForbiddenTarget, isPublicAddress, publicLookup } from './public-address.ts';

describe('a public address', () => {
  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.170.2', 'credentials of an ECS task'],
    ['169.254.169.254', 'credentials of an instance'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['0.0.0.0', 'this host'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::1', 'loopback'],
    ['::', 'this host'],
    ['fd00:ec2::254', 'unique local'],
    ['fe80::1', 'link-local'],
    ['::ffff:10.0.0.1', 'private, mapped to IPv6'],
    ['64:ff9b::a00:1', 'private, through NAT64'],
    ['2002:a00:1::', 'private, through 6to4'],
    ['not an address', 'none at all'],
  ])('is not %s (%s)', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a target that a stranger named', () => {
  it.each(['https://hooks.example.com/a?b=c', 'https://93.184.216.34/', 'https://[2606:2800:220:1::1]:8443/'])(
    'may be %s',
    (url) => {
      expect(() => checkPublicUrl(new URL(url))).not.toThrow();
    },
  );

  it.each([
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'https://user:password@hooks.example.com/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
  ])('may not be %s', (url) => {
    expect(() => checkPublicUrl(new URL(url))).toThrow(ForbiddenTarget);
  });

  it.each([{ all: true }, {}])('is judged by what its name resolves to (%o)', async (options) => {
    const error = await new Promise((resolve) => publicLookup('localhost', options, resolve));
    expect(error).toBeInstanceOf(ForbiddenTarget);
  });
});
