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

/** An ACM certificate, validated by a DNS record that stays in place so that ACM renews the certificate by itself. */
export function createCertificate(
  name: string,
  domain: Domain,
  { naming }: { readonly naming: Naming },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const certificate = new Certificate(
    name,
    { domainName: domain.name, validationMethod: 'DNS', tags: naming.tags },
    { parent },
  );
  const proof = certificate.domainValidationOptions.apply(firstProof);
  const record = new Record(
    `${name}-proof`,
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
  const validation = new CertificateValidation(
    name,
    { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
    { parent },
  );
  return validation.certificateArn;
}

function firstProof(proofs: readonly Proof[]): Proof {
  const [proof] = proofs;
  if (proof === undefined) throw new Error('ACM returned no DNS record to validate the certificate with.');
  return proof;
}
