import { type CreateCalls, entriesOf, generated, keysWritten, pascal, tagList, tags, wholeCall } from './call.ts';

/** The load balancer, its firewall, certificate and name. */
export const edgeCalls: Readonly<Record<string, CreateCalls>> = {
  'aws:lb/loadBalancer:LoadBalancer': {
    calls: [
      {
        service: 'elbv2',
        operation: 'CreateLoadBalancer',
        members: {
          name: 'Name',
          subnets: 'Subnets',
          securityGroups: 'SecurityGroups',
          internal: ['Scheme', (value) => (value === true ? 'internal' : 'internet-facing')],
          loadBalancerType: 'Type',
          tags,
        },
      },
    ],
    unmodelled: [
      'accessLogs',
      'desyncMitigationMode',
      'dropInvalidHeaderFields',
      'enableDeletionProtection',
      'idleTimeout',
    ],
  },
  'aws:lb/targetGroup:TargetGroup': {
    calls: [
      {
        service: 'elbv2',
        operation: 'CreateTargetGroup',
        members: {
          protocol: 'Protocol',
          port: 'Port',
          vpcId: 'VpcId',
          targetType: 'TargetType',
          healthCheck: [wholeCall, healthCheck],
          tags,
        },
        others: (name) => ({ Name: generated(name) }),
      },
    ],
    unmodelled: ['deregistrationDelay'],
  },
  'aws:lb/listener:Listener': {
    calls: [
      {
        service: 'elbv2',
        operation: 'CreateListener',
        members: {
          loadBalancerArn: 'LoadBalancerArn',
          protocol: 'Protocol',
          port: 'Port',
          sslPolicy: 'SslPolicy',
          certificateArn: 'Certificates[0].CertificateArn',
          defaultActions: ['DefaultActions', actions],
          tags,
        },
      },
    ],
    unmodelled: ['routingHttpResponseServerEnabled', 'routingHttpResponseStrictTransportSecurityHeaderValue'],
  },
  'aws:lb/listenerRule:ListenerRule': {
    calls: [
      {
        service: 'elbv2',
        operation: 'CreateRule',
        members: {
          listenerArn: 'ListenerArn',
          priority: 'Priority',
          actions: ['Actions', actions],
          conditions: ['Conditions', conditions],
          tags,
        },
      },
    ],
  },
  'aws:acm/certificate:Certificate': {
    calls: [
      {
        service: 'acm',
        operation: 'RequestCertificate',
        members: { domainName: 'DomainName', validationMethod: 'ValidationMethod', tags },
      },
    ],
  },
  'aws:acm/certificateValidation:CertificateValidation': {
    calls: [{ service: 'acm', operation: 'DescribeCertificate', members: { certificateArn: 'CertificateArn' } }],
    unmodelled: ['validationRecordFqdns'],
  },
  'aws:route53/record:Record': {
    calls: [
      {
        service: 'route53',
        operation: 'ChangeResourceRecordSets',
        members: {
          zoneId: 'HostedZoneId',
          name: 'ChangeBatch.Changes[0].ResourceRecordSet.Name',
          type: 'ChangeBatch.Changes[0].ResourceRecordSet.Type',
          ttl: 'ChangeBatch.Changes[0].ResourceRecordSet.TTL',
          records: [
            'ChangeBatch.Changes[0].ResourceRecordSet.ResourceRecords',
            (value) => (Array.isArray(value) ? value.map((Value) => ({ Value })) : value),
          ],
          aliases: [
            'ChangeBatch.Changes[0].ResourceRecordSet.AliasTarget',
            (value) => {
              const [alias] = Array.isArray(value) ? value : [];
              const { name, zoneId, evaluateTargetHealth } = Object.fromEntries(entriesOf(alias));
              return { DNSName: name, HostedZoneId: zoneId, EvaluateTargetHealth: evaluateTargetHealth };
            },
          ],
          allowOverwrite: ['ChangeBatch.Changes[0].Action', (value) => (value === true ? 'UPSERT' : 'CREATE')],
        },
        others: () => ({ ChangeBatch: { Changes: [{ Action: 'CREATE' }] } }),
      },
    ],
  },
  'aws:route53/healthCheck:HealthCheck': {
    calls: [
      {
        service: 'route53',
        operation: 'CreateHealthCheck',
        members: {
          type: 'HealthCheckConfig.Type',
          fqdn: 'HealthCheckConfig.FullyQualifiedDomainName',
          port: 'HealthCheckConfig.Port',
          resourcePath: 'HealthCheckConfig.ResourcePath',
          requestInterval: 'HealthCheckConfig.RequestInterval',
          failureThreshold: 'HealthCheckConfig.FailureThreshold',
          enableSni: 'HealthCheckConfig.EnableSNI',
        },
        others: () => ({ CallerReference: 'terraform-20260101000000' }),
      },
      {
        service: 'route53',
        operation: 'ChangeTagsForResource',
        members: { tags: ['AddTags', tagList] },
        others: () => ({ ResourceType: 'healthcheck', ResourceId: '12345678-1234-1234-1234-123456789012' }),
      },
    ],
  },
  'aws:wafv2/webAcl:WebAcl': {
    calls: [
      {
        service: 'wafv2',
        operation: 'CreateWebACL',
        members: {
          name: 'Name',
          description: 'Description',
          scope: 'Scope',
          defaultAction: ['DefaultAction', pascal],
          rules: ['Rules', firewall],
          visibilityConfig: ['VisibilityConfig', firewall],
          tags,
        },
      },
    ],
  },
  'aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration': {
    calls: [
      {
        service: 'wafv2',
        operation: 'PutLoggingConfiguration',
        members: {
          resourceArn: 'LoggingConfiguration.ResourceArn',
          logDestinationConfigs: 'LoggingConfiguration.LogDestinationConfigs',
          loggingFilter: ['LoggingConfiguration.LoggingFilter', pascal],
          redactedFields: ['LoggingConfiguration.RedactedFields', pascal],
        },
      },
    ],
  },
  'aws:wafv2/webAclAssociation:WebAclAssociation': {
    calls: [
      {
        service: 'wafv2',
        operation: 'AssociateWebACL',
        members: { resourceArn: 'ResourceArn', webAclArn: 'WebACLArn' },
      },
    ],
  },
};

function healthCheck(value: unknown): object {
  const check = Object.fromEntries(entriesOf(value));
  return {
    HealthCheckProtocol: check['protocol'],
    HealthCheckPath: check['path'],
    HealthCheckIntervalSeconds: check['interval'],
    HealthCheckTimeoutSeconds: check['timeout'],
    HealthyThresholdCount: check['healthyThreshold'],
    UnhealthyThresholdCount: check['unhealthyThreshold'],
    Matcher: { HttpCode: check['matcher'] },
  };
}

const memberNames: Readonly<Record<string, string>> = {
  Arn: 'TargetGroupArn',
  Redirect: 'RedirectConfig',
  Forward: 'ForwardConfig',
  FixedResponse: 'FixedResponseConfig',
};

function actions(value: unknown): unknown {
  return keysWritten(pascal(value), (key) => memberNames[key] ?? key);
}

function conditions(value: unknown): unknown {
  const listed: readonly unknown[] = Array.isArray(value) ? value : [];
  return listed.map((condition) => {
    const [[kind, content] = ['', {}]] = entriesOf(condition);
    const field = kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return { Field: field, [`${kind.charAt(0).toUpperCase()}${kind.slice(1)}Config`]: pascal(content) };
  });
}

function firewall(value: unknown): unknown {
  return keysWritten(pascal(value), (key) => (key === 'CloudwatchMetricsEnabled' ? 'CloudWatchMetricsEnabled' : key));
}
