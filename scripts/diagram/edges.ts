import { isReferenceTo, ofType, referencesIn } from '../../infra/graph/query.ts';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import { text } from './inputs.ts';
import { clientId, type DiagramEdge } from './model.ts';
import type { Portrait } from './portrait.ts';

const securityGroupType = 'aws:ec2/securityGroup:SecurityGroup';

/** Who may reach whom, by the security groups' own rules, and what the platform does between its services. */
export function edgesOf(graph: Graph, portraits: readonly Portrait[]): readonly DiagramEdge[] {
  return [...requestEdges(graph, portraits), ...supportEdges(graph, portraits)];
}

function requestEdges(graph: Graph, portraits: readonly Portrait[]): readonly DiagramEdge[] {
  const ownersOf = (groupName: string): readonly string[] =>
    portraits
      .filter(({ resources }) =>
        resources.some(({ type, inputs }) =>
          type === securityGroupType
            ? false
            : referencesIn(inputs).some(
                (reference) => reference.type === securityGroupType && reference.name === groupName,
              ),
        ),
      )
      .map(({ node }) => node.id);
  const edges = ofType(graph, 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').flatMap(({ inputs }) => {
    const to = referencesIn(inputs['securityGroupId']).flatMap(({ name }) => ownersOf(name));
    const from = referencesIn(inputs['referencedSecurityGroupId']).flatMap(({ name }) => ownersOf(name));
    const label = portLabel(inputs);
    const sources = from.length > 0 ? from : inputs['cidrIpv4'] === '0.0.0.0/0' ? [clientId] : [];
    return sources.flatMap((source) =>
      to.map((target) => ({ from: source, to: target, label, kind: 'request' as const })),
    );
  });
  return joinLabels(edges);
}

function portLabel(inputs: RecordedResource['inputs']): string {
  const port = text(inputs['toPort']);
  const names: Readonly<Record<string, string>> = { '80': 'HTTP', '443': 'HTTPS', '5432': 'TLS', '6379': 'TLS' };
  const name = names[port];
  return name === undefined ? `HTTP ${port}` : `${name} ${port}`;
}

/** One line between two nodes, however many ports it stands for. */
function joinLabels(edges: readonly DiagramEdge[]): readonly DiagramEdge[] {
  const joined = new Map<string, DiagramEdge>();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? edge : { ...known, label: `${known.label}, ${edge.label}` });
  }
  return [...joined.values()];
}

function supportEdges(graph: Graph, portraits: readonly Portrait[]): readonly DiagramEdge[] {
  const using = (test: (resource: RecordedResource) => boolean) =>
    portraits.filter(({ resources }) => resources.some(test)).map(({ node }) => node.id);
  const node = (id: string) => portraits.some((portrait) => portrait.node.id === id);
  const link = (from: readonly string[], to: readonly string[], label: string): readonly DiagramEdge[] =>
    from.flatMap((source) => to.map((target) => ({ from: source, to: target, label, kind: 'support' as const })));

  const services = using(({ type }) => type === 'aws:ecs/service:Service');
  const migrations = using(({ type }) => type.endsWith(':MigrationRun'));
  const images = using(({ type }) => type === 'docker:index/image:Image');
  const balancers = using(({ type }) => type === 'aws:lb/loadBalancer:LoadBalancer');
  const buckets = ofType(graph, 'aws:s3/bucket:Bucket').map(({ type, name }) => `${type}::${name}`);
  const topics = using(({ type }) => type === 'aws:sns/topic:Topic');
  const ledgers = using(({ type }) => type === 'aws:ssm/parameter:Parameter');
  const waiting = using(
    ({ type, dependencies }) =>
      type === 'aws:ecs/service:Service' && dependencies.some((urn) => urn.includes(':MigrationRun::')),
  );
  const alarmed = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm').some((alarm) =>
    ofType(graph, 'aws:sns/topic:Topic').some((topic) =>
      referencesIn(alarm.inputs['alarmActions']).some(isReferenceTo(topic)),
    ),
  );
  return [
    ...link([...services, ...migrations], images, 'pulls by digest'),
    ...link(migrations, waiting, 'before it serves'),
    ...link(images, ledgers, 'each release'),
    ...(node('secrets') ? link(services, ['secrets'], 'secrets') : []),
    ...(node('cloudwatch') ? link(services, ['cloudwatch'], 'logs, metrics') : []),
    ...(node('cloudwatch') && alarmed ? link(['cloudwatch'], topics, 'alarms') : []),
    ...link(balancers, buckets, 'access logs'),
  ];
}
