import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { publicAuthorities, rdsAuthorities } from './authorities.ts';

const certificatesIn = (pem: string) =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? []).map(
    (one) => new X509Certificate(one),
  );

describe('the authorities of RDS', () => {
  it('are those of the Region, each of which signs itself', () => {
    const found = certificatesIn(rdsAuthorities('eu-central-1') ?? '');

    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(found.every((one) => one.ca && one.subject.includes('Amazon RDS eu-central-1 '))).toBe(true);
    expect(found.map(({ publicKey }) => publicKey.asymmetricKeyType)).toEqual(expect.arrayContaining(['rsa', 'ec']));
  });

  it('are not confused between Regions whose names begin alike', () => {
    expect(rdsAuthorities('us-east-1')).not.toContain(rdsAuthorities('us-east-2')?.slice(0, 200));
  });

  it('are unknown where the package has none', () => {
    expect(rdsAuthorities('cn-north-1')).toBeUndefined();
  });
});

it('has public authorities that Node.js trusts, too', () => {
  const known = new Set(rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256));
  const found = certificatesIn(publicAuthorities());

  expect(found.length).toBeGreaterThanOrEqual(4);
  expect(found.filter(({ fingerprint256 }) => known.has(fingerprint256)).length).toBeGreaterThanOrEqual(4);
});
