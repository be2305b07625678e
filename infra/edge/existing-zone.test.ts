import { expect, it } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { withAnswers } from '../testing/answers.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';
import { checkHostedZone } from './existing-zone.ts';

const domain = { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

const settings = parseSettings({ 'aws:region': 'eu-central-1', ...domain }, 'staging');
const check = (name: string | undefined) => withAnswers({ getZone: () => ({ name }) }, () => checkHostedZone(settings));

it.each(['example.com', 'example.com.', 'api.example.com', undefined])(
  'accepts the hosted zone of %s',
  async (zone) => {
    await expect(check(zone)).resolves.toBeUndefined();
  },
);

it.each(['example.org', 'pi.example.com', 'le.com'])('refuses the hosted zone of %s', async (zone) => {
  await expect(check(zone)).rejects.toThrow(
    `hostedZoneId is "Z0123456789ABCDEFGHIJ", the zone of ${zone}\n    It must be the zone of domainName (api.example.com), or of a domain above it.`,
  );
});

it('serves an existing certificate, and requests none', async () => {
  const existingCertificateArn =
    'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012';
  const graph = await graphOf('staging', { ...domain, existingCertificateArn });

  expect(find(graph, 'aws:lb/listener:Listener', 'edge-https').inputs['certificateArn']).toBe(existingCertificateArn);
  expect(graph.resources.filter(({ type }) => type.startsWith('aws:acm/'))).toEqual([]);
  expect(graph.resources.filter(({ name }) => name.includes('proof'))).toEqual([]);
});
