import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const domain = { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

const portsOpenToWorld = async (config: Record<string, string> = {}) =>
  ofType(await graphOf('staging', config), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
    .filter(({ inputs }) => inputs['cidrIpv4'] === '0.0.0.0/0')
    .map(({ inputs }) => [inputs['securityGroupId'], inputs['fromPort'], inputs['toPort']]);

describe('the load balancer', () => {
  it('is public, and drops what is not HTTP', async () => {
    const { inputs } = find(await graphOf(), 'aws:lb/loadBalancer:LoadBalancer', 'edge');

    expect(inputs).toMatchObject({
      name: 'nest-fargate-staging',
      loadBalancerType: 'application',
      internal: false,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: 'defensive',
      idleTimeout: 60,
      securityGroups: ['@{aws:ec2/securityGroup:SecurityGroup::edge::id}'],
      subnets: ['@{awsx:ec2:Vpc::network::publicSubnetIds[0]}', '@{awsx:ec2:Vpc::network::publicSubnetIds[1]}'],
    });
  });

  it('keeps an idle connection for as long as the setting says', async () => {
    const graph = await graphOf('staging', { albIdleTimeoutSeconds: '120' });

    expect(find(graph, 'aws:lb/loadBalancer:LoadBalancer', 'edge').inputs['idleTimeout']).toBe(120);
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('with deletionProtection %s refuses to be deleted: %s', async (deletionProtection, expected) => {
    const { inputs } = find(
      await graphOf('staging', { deletionProtection }),
      'aws:lb/loadBalancer:LoadBalancer',
      'edge',
    );

    expect(inputs['enableDeletionProtection']).toBe(expected);
  });

  it('writes its access log to a closed bucket that forgets', async () => {
    const graph = await graphOf('staging', { accessLogRetentionDays: '90' });

    expect(find(graph, 'aws:lb/loadBalancer:LoadBalancer', 'edge').inputs['accessLogs']).toEqual({
      bucket: '@{aws:s3/bucket:Bucket::edge-logs::bucket}',
      enabled: true,
    });
    expect(find(graph, 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', 'edge-logs').inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(
      find(graph, 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration', 'edge-logs').inputs['rules'],
    ).toEqual([
      {
        id: 'expire',
        status: 'Enabled',
        filter: {},
        expiration: { days: 90 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ]);
  });

  it('lets load balancers of this account alone write there', async () => {
    const { policy } = find(await graphOf(), 'aws:s3/bucketPolicy:BucketPolicy', 'edge-logs').inputs;
    const [write] = JSON.parse(String(policy)).Statement;

    expect(write).toMatchObject({
      Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      Action: 's3:PutObject',
      Resource:
        '@{aws:s3/bucket:Bucket::edge-logs::arn}/AWSLogs/@{aws:index/getCallerIdentity:getCallerIdentity::caller::accountId}/*',
    });
  });

  it('may write there before it is told to', async () => {
    const graph = await graphOf();

    expect(find(graph, 'aws:lb/loadBalancer:LoadBalancer', 'edge').dependencies).toContain(
      find(graph, 'aws:s3/bucketPolicy:BucketPolicy', 'edge-logs').urn,
    );
  });
});

describe('the target group', () => {
  it('asks /ready, and lets requests in flight finish', async () => {
    const graph = await graphOf('staging', { longestRequestSeconds: '25', stopTimeoutSeconds: '40' });

    expect(find(graph, 'aws:lb/targetGroup:TargetGroup', 'edge').inputs).toMatchObject({
      targetType: 'ip',
      port: 3000,
      protocol: 'HTTP',
      deregistrationDelay: 30,
      healthCheck: {
        path: '/ready',
        matcher: '200',
        interval: 5,
        timeout: 4,
        healthyThreshold: 2,
        unhealthyThreshold: 6,
      },
    });
  });
});

describe('without a domain', () => {
  it('there is plain HTTP and nothing else', async () => {
    const graph = await graphOf();

    expect(ofType(graph, 'aws:lb/listener:Listener').map(({ name }) => name)).toEqual(['edge-http']);
    expect(find(graph, 'aws:lb/listener:Listener', 'edge-http').inputs).toMatchObject({
      port: 80,
      protocol: 'HTTP',
      defaultActions: [{ type: 'forward', targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}' }],
    });
    expect(ofType(graph, 'aws:acm/certificate:Certificate')).toEqual([]);
    expect(ofType(graph, 'aws:route53/record:Record')).toEqual([]);
    expect(graph.outputs['url']).toBe('http://@{aws:lb/loadBalancer:LoadBalancer::edge::dnsName}');
  });

  it('only port 80 is open to the world', async () => {
    await expect(portsOpenToWorld()).resolves.toEqual([['@{aws:ec2/securityGroup:SecurityGroup::edge::id}', 80, 80]]);
  });
});

describe('with a domain', () => {
  it('HTTPS is served with a modern policy and the domain’s certificate', async () => {
    const graph = await graphOf('staging', domain);

    expect(find(graph, 'aws:lb/listener:Listener', 'edge-https').inputs).toMatchObject({
      port: 443,
      protocol: 'HTTPS',
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      certificateArn: '@{aws:acm/certificate:Certificate::edge::arn}',
      defaultActions: [{ type: 'forward', targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}' }],
    });
    expect(graph.outputs['url']).toBe('https://api.example.com');
  });

  it('browsers are told to come back by HTTPS only, and nobody what software answers', async () => {
    expect(find(await graphOf('staging', domain), 'aws:lb/listener:Listener', 'edge-https').inputs).toMatchObject({
      routingHttpResponseStrictTransportSecurityHeaderValue: 'max-age=31536000; includeSubDomains',
      routingHttpResponseServerEnabled: false,
    });
  });

  it('HTTPS is served only once the certificate is proven', async () => {
    const graph = await graphOf('staging', domain);

    expect(find(graph, 'aws:lb/listener:Listener', 'edge-https').dependencies).toContain(
      find(graph, 'aws:acm/certificateValidation:CertificateValidation', 'edge').urn,
    );
  });

  it('plain HTTP is sent there', async () => {
    const { inputs } = find(await graphOf('staging', domain), 'aws:lb/listener:Listener', 'edge-http');

    expect(inputs['defaultActions']).toEqual([
      { type: 'redirect', redirect: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } },
    ]);
  });

  it('its certificate is proven by a record in the zone', async () => {
    const graph = await graphOf('staging', domain);

    expect(find(graph, 'aws:acm/certificate:Certificate', 'edge').inputs).toMatchObject({
      domainName: 'api.example.com',
      validationMethod: 'DNS',
    });
    expect(find(graph, 'aws:route53/record:Record', 'edge-proof').inputs).toMatchObject({
      zoneId: 'Z0123456789ABCDEFGHIJ',
      type: 'CNAME',
      name: '@{aws:acm/certificate:Certificate::edge::domainValidationOptions[0].resourceRecordName}',
    });
  });

  it('its name leads to the load balancer', async () => {
    const { inputs } = find(await graphOf('staging', domain), 'aws:route53/record:Record', 'edge-address');

    expect(inputs).toMatchObject({
      name: 'api.example.com',
      type: 'A',
      aliases: [
        {
          name: '@{aws:lb/loadBalancer:LoadBalancer::edge::dnsName}',
          zoneId: '@{aws:lb/loadBalancer:LoadBalancer::edge::zoneId}',
          evaluateTargetHealth: true,
        },
      ],
    });
  });

  it('the ports 80 and 443 are open to the world', async () => {
    const group = '@{aws:ec2/securityGroup:SecurityGroup::edge::id}';

    await expect(portsOpenToWorld(domain)).resolves.toEqual([
      [group, 443, 443],
      [group, 80, 80],
    ]);
  });

  it('the service waits for both listeners', async () => {
    const graph = await graphOf('staging', domain);

    expect(find(graph, 'aws:ecs/service:Service', 'api').dependencies).toEqual(
      expect.arrayContaining(
        ['edge-http', 'edge-https'].map((name) => find(graph, 'aws:lb/listener:Listener', name).urn),
      ),
    );
  });
});
