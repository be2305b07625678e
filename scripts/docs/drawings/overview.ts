import { columnWidth, type Drawing, type Part, renderBox, renderText, type Side } from './sheet.ts';

export interface Place {
  readonly side: Side;
  readonly title: string;
  readonly notes: readonly string[];
  /** Resources without which it would not be so, as the program registers them for an environment with a domain. */
  readonly types: readonly string[];
}

interface Chain {
  readonly heading: string;
  readonly places: readonly Place[];
}

export const chains: readonly Chain[] = [
  {
    heading: 'A request',
    places: [
      {
        side: 'infra',
        title: 'Domain and certificate',
        notes: ['Route 53, ACM: TLS 1.2 and 1.3 only'],
        types: ['aws:route53/record:Record', 'aws:acm/certificate:Certificate'],
      },
      {
        side: 'infra',
        title: 'Firewall and load balancer',
        notes: ['checks /ready; drains a task before it stops'],
        types: ['aws:wafv2/webAcl:WebAcl', 'aws:lb/loadBalancer:LoadBalancer', 'aws:lb/targetGroup:TargetGroup'],
      },
      {
        side: 'app',
        title: 'API tasks on Fargate',
        notes: ['private subnets in several zones, scaled by load', 'read-only, unprivileged, with a memory limit'],
        types: ['aws:ecs/service:Service', 'aws:appautoscaling/policy:Policy'],
      },
      {
        side: 'infra',
        title: 'RDS Postgres, and Valkey',
        notes: ['encrypted, backed up, no route to the internet', 'pool sizes follow from max_connections'],
        types: ['aws:rds/instance:Instance', 'aws:elasticache/replicationGroup:ReplicationGroup'],
      },
    ],
  },
  {
    heading: 'A release',
    places: [
      {
        side: 'scripts',
        title: 'Registry',
        notes: ['one image, from staging to prod by its digest'],
        types: ['aws:ecr/repository:Repository'],
      },
      {
        side: 'app',
        title: 'Migrations',
        notes: ['one task of the new image, before any traffic'],
        types: ['aws:ecs/taskDefinition:TaskDefinition'],
      },
      {
        side: 'app',
        title: 'New tasks first, then old ones drain',
        notes: ['API and worker; an alarm rolls them back', 'every digest is compared, the API is tried'],
        types: ['aws:ecs/service:Service', 'aws:cloudwatch/metricAlarm:MetricAlarm'],
      },
      {
        side: 'infra',
        title: 'CloudWatch, and you',
        notes: ['logs, dashboard; alarms by mail or to Slack', 'each with its runbook'],
        types: ['aws:cloudwatch/dashboard:Dashboard', 'aws:sns/topic:Topic', 'aws:cloudwatch/logGroup:LogGroup'],
      },
    ],
  },
];

const headingHeight = 30;
const gap = 22;
const lineHeight = 18;
/** Boxes beside each other have one height. */
const rows =
  chains[0]?.places.map(
    (_place, row) => 34 + lineHeight * Math.max(...chains.map(({ places }) => places[row]?.notes.length ?? 0)),
  ) ?? [];

/** Eight boxes: what prod runs, with a domain and somebody to notify. All of it is in architecture.svg. */
export function drawOverview(): Drawing {
  return { title: 'What prod runs on AWS', description: describe(), parts: chains.map(drawChain) };
}

function drawChain({ heading, places }: Chain): Part {
  const body = [renderText(0, 18, 'heading', heading)];
  let y = headingHeight;
  for (const [row, place] of places.entries()) {
    const height = rows[row] ?? 0;
    if (row > 0)
      body.push(`<path d="M${columnWidth / 2} ${y - gap + 2}V${y - 2}" class="line" marker-end="url(#arrow)"/>`);
    body.push(
      renderBox({ x: 0, y, width: columnWidth, height }, place.side),
      renderText(12, y + 22, 'title', place.title),
      ...place.notes.map((note, line) => renderText(12, y + 42 + lineHeight * line, 'note', note)),
    );
    y += height + gap;
  }
  return { height: y - gap, body };
}

function describe(): string {
  return chains
    .map(
      ({ heading, places }) =>
        `${heading}: ${places.map(({ title, notes }) => `${title} (${notes.join('; ')})`).join(', then ')}.`,
    )
    .join(' ');
}
