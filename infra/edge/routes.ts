import type { Process, Route } from '../manifest/app.ts';

type Condition = { readonly pathPattern: { values: string[] } } | { readonly hostHeader: { values: string[] } };

/**
 * `/admin/*` alone would leave out `/admin`. The domain differs between environments, so any may follow a host's label, unless
 * the listener has requests for others.
 */
export function conditionsOf(route: Route, domain?: string): Condition[] {
  if ('host' in route) return [{ hostHeader: { values: [`${route.host}.${domain ?? '*'}`] } }];
  const path = { pathPattern: { values: [route.path.slice(0, -'/*'.length), route.path] } };
  return domain === undefined ? [path] : [hostCondition(domain), path];
}

export function hostCondition(domain: string): Condition {
  return { hostHeader: { values: [domain] } };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html: from 1 to 50,000. */
const longestPath = 128;
interface Bands {
  readonly hosts: { readonly first: number; readonly count: number };
  readonly paths: { readonly first: number; readonly ofEachLength: number; readonly spare: number };
}
/** Of a listener whose rules are all of the environment. */
const whole: Bands = { hosts: { first: 101, count: 800 }, paths: { first: 1000, ofEachLength: 300, spare: 20 } };
/** Within 1,000 priorities: the first ten are for a maintenance page, the last is that of all other requests of the domain. */
const thousand: Bands = { hosts: { first: 10, count: 80 }, paths: { first: 100, ofEachLength: 6, spare: 2 } };
/** Of the rule for all other requests of the domain. */
const last = 999;

/**
 * Priorities of the rules, by process: hosts before paths, and longer paths before shorter ones. Each follows from the
 * name of the process, so that adding one leaves the others alone: swapping priorities in place fails while both are taken.
 */
export function prioritiesOf(
  routed: readonly { readonly name: Process; readonly route: Route }[],
  bands: Bands = whole,
): Readonly<Record<Process, number>> {
  const taken = new Set<number>();
  const entries = routed
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, route }) => {
      let priority = priorityOf(name, route, bands);
      while (taken.has(priority)) priority += 1;
      taken.add(priority);
      return [name, priority] as const;
    });
  return Object.fromEntries(entries);
}

/** Those of an environment that has 1,000 priorities of a listener, and that of all requests which no route matches. */
export function prioritiesFrom(
  first: number,
  routed: readonly { readonly name: Process; readonly route: Route }[],
): { readonly routes: Readonly<Record<Process, number>>; readonly others: number } {
  const routes = Object.entries(prioritiesOf(routed, thousand)).map(([name, at]) => [name, first + at] as const);
  return { routes: Object.fromEntries(routes), others: first + last };
}

function priorityOf(name: Process, route: Route, { hosts, paths }: Bands): number {
  const place = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 99_991, 7);
  if ('host' in route) return hosts.first + (place % hosts.count);
  const band = paths.first + (longestPath - route.path.length) * paths.ofEachLength;
  // Room at the end of each band for names that meet.
  return band + (place % (paths.ofEachLength - paths.spare));
}
