import type { Process, Route } from '../manifest/app.ts';

type Condition = { readonly pathPattern: { values: string[] } } | { readonly hostHeader: { values: string[] } };

/** `/admin/*` alone would leave out `/admin`. The domain differs between environments, so any may follow a host's label. */
export function conditionsOf(route: Route): Condition[] {
  if ('host' in route) return [{ hostHeader: { values: [`${route.host}.*`] } }];
  return [{ pathPattern: { values: [route.path.slice(0, -'/*'.length), route.path] } }];
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html: from 1 to 50,000. */
const hosts = { first: 101, count: 800 };
const paths = { first: 1000, ofEachLength: 300, longest: 128 };

/**
 * Priorities of the rules, by process: hosts before paths, and longer paths before shorter ones. Each follows from the
 * name of the process, so that adding one leaves the others alone: swapping priorities in place fails while both are taken.
 */
export function prioritiesOf(
  routed: readonly { readonly name: Process; readonly route: Route }[],
): Readonly<Record<Process, number>> {
  const taken = new Set<number>();
  const entries = routed
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, route }) => {
      let priority = priorityOf(name, route);
      while (taken.has(priority)) priority += 1;
      taken.add(priority);
      return [name, priority] as const;
    });
  return Object.fromEntries(entries);
}

function priorityOf(name: Process, route: Route): number {
  const place = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 99_991, 7);
  if ('host' in route) return hosts.first + (place % hosts.count);
  const band = paths.first + (paths.longest - route.path.length) * paths.ofEachLength;
  // Room at the end of each band for names that meet.
  return band + (place % (paths.ofEachLength - 20));
}
