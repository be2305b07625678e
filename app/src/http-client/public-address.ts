import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A target that a stranger named and that is not of the public network: our own services live there. */
export class ForbiddenTarget extends Error {
  override readonly name = 'ForbiddenTarget';

  constructor(reason: string) {
    super(`this target is not allowed: ${reason}`);
  }
}

/** Whether anyone's request could reach the address: not loopback, private, link-local (which has the task's credentials), … */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
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
  if (ipaddr.isValid(host) && !isPublicAddress(host)) {
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
