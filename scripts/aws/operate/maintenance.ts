import {
  type Action,
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  type Listener,
  LoadBalancerNotFoundException,
  ModifyRuleCommand,
  type Rule,
  type RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { htmlOf, type MaintenancePage, problemOf } from '../../messages/maintenance-page.ts';
import { Refusal } from '../../messages/user-error.ts';
import { nothingToListen } from '../../release/nothing-runs.ts';
import { talkToAws } from '../aws-errors.ts';
import type { AwsClients } from '../clients.ts';
import type { AwsNames } from '../names.ts';

interface Context {
  readonly clients: Pick<AwsClients, 'elb'>;
  readonly names: Pick<AwsNames, 'loadBalancer' | 'sharedListener' | 'tags'>;
}

interface PageRule {
  readonly priority: string;
  readonly conditions: RuleCondition[];
  readonly action: Action;
}

/**
 * Two rules of the listener that serves, before all of the program's, whose priorities begin at 10. HTML is for whoever asks
 * for it; a client that says nothing is a machine. In a listener with rules of others, they are for requests to the
 * environment's hosts, at the first of its priorities, and more of them where a rule cannot name all hosts.
 *
 * A fixed response has no header of its own, so there is no Retry-After, and no type but these:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
 */
function rulesOf({ sharedListener }: Names, page: MaintenancePage): readonly PageRule[] {
  const answer = (ContentType: string, MessageBody: string): Action => ({
    Type: 'fixed-response',
    FixedResponseConfig: { StatusCode: '503', ContentType, MessageBody },
  });
  const wantsHtml: RuleCondition = {
    Field: 'http-header',
    HttpHeaderConfig: { HttpHeaderName: 'Accept', Values: ['*text/html*'] },
  };
  const ours = (most: number): readonly RuleCondition[][] =>
    sharedListener === undefined
      ? [[]]
      : inBatches(sharedListener.hosts, most).map((Values) => [{ Field: 'host-header', HostHeaderConfig: { Values } }]);
  const everything: RuleCondition = { Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } };
  const rules = [
    ...ours(mostValues - 1).map((conditions) => ({
      conditions: [wantsHtml, ...conditions],
      action: answer('text/html', htmlOf(page)),
    })),
    ...ours(mostValues).map((conditions) => ({
      conditions: conditions.length === 0 ? [everything] : conditions,
      action: answer('application/json', problemOf(page)),
    })),
  ];
  const priorities = prioritiesOf({ sharedListener });
  if (rules.length > priorities.length) throw tooManyHosts(sharedListener?.hosts ?? []);
  return rules.map((rule, index) => ({ ...rule, priority: priorities[index] ?? '' }));
}

/** Of all conditions of a rule together: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const mostValues = 5;

function inBatches(values: readonly string[], most: number): string[][] {
  return Array.from({ length: Math.ceil(values.length / most) }, (_, index) =>
    values.slice(index * most, (index + 1) * most),
  );
}

type Names = Pick<AwsNames, 'sharedListener'>;

/** Which a page may take: of a shared listener ten, as infra/edge/routes.ts leaves them free. */
function prioritiesOf({ sharedListener }: { readonly sharedListener?: Names['sharedListener'] | undefined }) {
  const [first, count] = sharedListener === undefined ? [1, 2] : [sharedListener.priority, 10];
  return Array.from({ length: count }, (_, index) => String(first + index));
}

function tooManyHosts(hosts: readonly string[]): Refusal {
  return new Refusal({
    code: 'TOO_MANY_HOSTS',
    message: `A maintenance page cannot be shown for ${hosts.length} hosts: ${hosts.join(', ')}.`,
    rule: 'A rule of a load balancer has at most 5 values, and of an existing listener the page may take ten priorities: enough for 20 hosts.',
    remedy: 'Give the routes of the app’s manifest fewer hosts.',
  });
}

/** What {@link showMaintenance} cannot do. */
const remarks: readonly string[] = [
  'A load balancer of AWS sends no Retry-After by itself: the page loads itself again, and JSON has retryAfterSeconds.',
  'JSON is sent as application/json: a load balancer of AWS knows no application/problem+json.',
];

/** `undefined`: there is no load balancer, or none of its listeners forwards. Half a page is one, too. */
export async function showsMaintenance(context: Context): Promise<boolean | undefined> {
  return talkToAws(async () => {
    const listener = await servingListener(context);
    if (listener === undefined) return undefined;
    return (await rulesIn(context, listener)).some((rule) => isPage(context, rule));
  });
}

export async function showMaintenance(context: Context, page: MaintenancePage): Promise<readonly string[]> {
  const { clients, names } = context;
  return talkToAws(async () => {
    const listener = await servingListener(context);
    if (listener === undefined) throw nothingToListen();
    const found = await rulesIn(context, listener);
    const rules = rulesOf(names, page);
    const priorities = rules.map(({ priority }) => priority);
    const taken = found.find(
      ({ Priority, ...rule }) => priorities.some((own) => own === Priority) && !isPage(context, { Priority, ...rule }),
    );
    if (taken !== undefined) throw priorityTaken(taken, priorities);
    // The one for everybody first: until the other is there, browsers get JSON instead of the app.
    for (const { priority, conditions, action } of rules.toReversed()) {
      const rule = found.find(({ Priority }) => Priority === priority);
      await (rule === undefined
        ? clients.elb.send(
            new CreateRuleCommand({
              ListenerArn: listener.ListenerArn,
              Priority: Number(priority),
              Conditions: conditions,
              Actions: [action],
              Tags: Object.entries(names.tags).map(([Key, Value]) => ({ Key, Value })),
            }),
          )
        : clients.elb.send(
            new ModifyRuleCommand({ RuleArn: rule.RuleArn, Conditions: conditions, Actions: [action] }),
          ));
    }
    // Of a page that named more hosts.
    const left = found.filter(
      (rule) => isPage(context, rule) && !priorities.some((priority) => priority === rule.Priority),
    );
    for (const { RuleArn } of left) await clients.elb.send(new DeleteRuleCommand({ RuleArn }));
    return remarks;
  });
}

export async function hideMaintenance(context: Context): Promise<void> {
  await talkToAws(async () => {
    const listener = await servingListener(context);
    if (listener === undefined) return;
    for (const rule of (await rulesIn(context, listener)).filter((rule) => isPage(context, rule))) {
      await context.clients.elb.send(new DeleteRuleCommand({ RuleArn: rule.RuleArn }));
    }
  });
}

/** The one that forwards: with a domain, the one on port 80 redirects to it, and browsers then get the page there. */
async function servingListener({ clients, names }: Context): Promise<Listener | undefined> {
  if (names.sharedListener !== undefined) return { ListenerArn: names.sharedListener.arn };
  try {
    const { LoadBalancers = [] } = await clients.elb.send(
      new DescribeLoadBalancersCommand({ Names: [names.loadBalancer] }),
    );
    const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn;
    if (LoadBalancerArn === undefined) return undefined;
    const { Listeners = [] } = await clients.elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
    return Listeners.find(({ DefaultActions = [] }) => DefaultActions.some(({ Type }) => Type === 'forward'));
  } catch (error) {
    if (error instanceof LoadBalancerNotFoundException) return undefined;
    throw error;
  }
}

async function rulesIn({ clients }: Context, { ListenerArn }: Listener): Promise<readonly Rule[]> {
  const rules: Rule[] = [];
  let Marker: string | undefined;
  do {
    const answer = await clients.elb.send(
      new DescribeRulesCommand({ ListenerArn, ...(Marker === undefined ? {} : { Marker }) }),
    );
    rules.push(...(answer.Rules ?? []));
    Marker = answer.NextMarker;
  } while (Marker !== undefined && Marker !== '');
  return rules;
}

function isPage({ names }: Pick<Context, 'names'>, { Priority, Actions = [] }: Rule): boolean {
  const [action, ...others] = Actions;
  return (
    prioritiesOf(names).some((own) => own === Priority) &&
    others.length === 0 &&
    action?.Type === 'fixed-response' &&
    action.FixedResponseConfig?.StatusCode === '503'
  );
}

function priorityTaken({ Priority, RuleArn }: Rule, priorities: readonly string[]): Refusal {
  return new Refusal({
    code: 'PRIORITY_TAKEN',
    message: `The listener has a rule of priority ${Priority} that is no maintenance page: ${RuleArn}.`,
    rule: `The maintenance page comes before all other rules, at priorities ${priorities.join(', ')}.`,
    remedy: 'Give that rule another priority.',
  });
}
