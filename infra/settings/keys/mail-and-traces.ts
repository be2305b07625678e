import { settingGroup, whenSet } from './group.ts';
import { integer, optionalText } from './schema.ts';

export const mail = settingGroup('Mail', {
  /** Absent: mail is logged instead of sent. */
  mail: whenSet({
    from: optionalText('mailFrom', /^[^\s@]+@[^\s@]+\.[^\s@]+$/, {
      description:
        'Sender of the app’s mail, sent through SES; requires mailIdentityArn. If not set, mail is logged without addresses.',
      rule: 'an email address of an identity verified in SES',
      example: 'hello@example.com',
      change: 'restart',
    }),
    identityArn: optionalText(
      'mailIdentityArn',
      /^arn:aws(-cn|-us-gov)?:ses:[a-z]{2}(-[a-z]+)+-\d:\d{12}:identity\/[^\s/]+$/,
      {
        description: 'Verified SES identity, a domain or an email address, that the app may send from.',
        rule: 'the ARN of an SES identity',
        example: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
        change: 'in place',
      },
    ),
  }),
});

export const tracing = settingGroup('Tracing', {
  /** Absent: the app records no traces. */
  tracing: whenSet({
    collectorImage: optionalText('collectorImage', /^\S+@sha256:[0-9a-f]{64}$/, {
      description:
        'Image of the collector that sends the app’s traces to X-Ray, as a sidecar of each API and worker task. If not set, the app records no traces.',
      rule: 'an image reference that ends in @sha256:<64 hex digits>',
      example: 'public.ecr.aws/aws-observability/aws-otel-collector@sha256:<64 hex digits>',
      change: 'restart',
      source:
        'A tag can be moved; a digest cannot. AWS publishes the image as public.ecr.aws/aws-observability/aws-otel-collector.',
    }),
    collectorMemoryMiB: integer('collectorMemoryMiB', {
      description: 'Memory of the collector, taken from the memory of its task.',
      unit: 'MiB',
      min: 64,
      max: 2048,
      default: 128,
      change: 'restart',
    }),
  }),
});
