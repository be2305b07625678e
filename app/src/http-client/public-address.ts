import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { specialPurposeAddresses } from './special-purpose-addresses.ts';

/** A target that a stranger named and that is not of the public network: our own services live there. */
export class ForbiddenTarget extends Error {
  override readonly name = 'ForbiddenTarget';

  constructor(reason: string) {
    super(`this target is not allowed: ${reason}`);
  }
}

/** One list of each family: Node's takes an IPv4 address for the IPv6 one that it is mapped to, and finds that in a block. */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [block] of specialPurposeAddresses) {
  const [network, prefix] = block.split('/') as [string, string];
  const family = familyOf(network);
  special[family].addSubnet(network, Number(prefix), family);
}

/**
 * Whether a receiver may have the address: it is in no block of `specialPurposeAddresses`. An IPv6 address that stands for
 * an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo) is in such a block, whichever it stands for.
 */
export function isPublicAddress(address: string): boolean {
  const family = familyOf(address);
  // With a zone (fe80::1%eth0) it is an address of one link.
  return isIP(address) !== 0 && !address.includes('%') && !special[family].check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/**
 * Refuses what is wrong with a URL before anyone connects. A host name is judged by `publicLookup` when it is resolved.
 * @throws ForbiddenTarget
 */
export function checkPublicUrl(url: URL): void {
  if (url.protocol !== 'https:') {
    throw new ForbiddenTarget('it must be https');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ForbiddenTarget('it must not hold credentials');
  }
  // URL has brought every spelling of an address to one: 0x7f.1 is 127.0.0.1 here.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    throw new ForbiddenTarget('it must be a public address');
  }
}

/**
 * Resolves a name for the very connection that is made: what is judged is what is connected to, so a name server that
 * answers differently the second time gains nothing. One address that is not public condemns the name.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) {
      callback(error ?? new Error(`${hostname} has no address`), '', 0);
    } else if (!addresses.every(({ address }) => isPublicAddress(address))) {
      callback(new ForbiddenTarget('its name stands for an address that is not public'), '', 0);
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};
