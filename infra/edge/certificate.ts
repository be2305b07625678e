import { Certificate } from '@pulumi/aws/acm/certificate.js';
import { CertificateValidation } from '@pulumi/aws/acm/certificateValidation.js';
import { Record } from '@pulumi/aws/route53/record.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';
import type { Domain } from '../settings/settings.ts';

interface Proof {
  readonly resourceRecordName: string;
  readonly resourceRecordType: string;
  readonly resourceRecordValue: string;
}

/**
 * An ACM certificate of a domain and its hosts, validated by DNS records that stay in place so that ACM renews the
 * certificate by itself.
 */
export function createCertificate(
  name: string,
  domain: Domain,
  hosts: readonly string[],
  { naming }: { readonly naming: Naming },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const certificate = new Certificate(
    name,
    {
      domainName: domain.name,
      ...(hosts.length === 0 ? {} : { subjectAlternativeNames: [...hosts] }),
      validationMethod: 'DNS',
      tags: naming.tags,
    },
    { parent },
  );
  const records = [domain.name, ...hosts].map((host, index) => {
    const proof = certificate.domainValidationOptions.apply((proofs) => proofOf(proofs, index));
    return new Record(
      index === 0 ? `${name}-proof` : `${name}-proof-${host}`,
      {
        zoneId: domain.hostedZoneId,
        name: proof.resourceRecordName,
        type: proof.resourceRecordType,
        records: [proof.resourceRecordValue],
        ttl: 300,
        allowOverwrite: true,
      },
      { parent },
    );
  });
  const validation = new CertificateValidation(
    name,
    { certificateArn: certificate.arn, validationRecordFqdns: records.map(({ fqdn }) => fqdn) },
    { parent },
  );
  return validation.certificateArn;
}

/** ACM gives them in any order, and each is needed once. */
function proofOf(proofs: readonly Proof[], index: number): Proof {
  const proof = proofs.toSorted((a, b) => (a.resourceRecordName < b.resourceRecordName ? -1 : 1))[index];
  if (proof === undefined) throw new Error('ACM returned too few DNS records to validate the certificate with.');
  return proof;
}
