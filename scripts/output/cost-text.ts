import type { Estimate, Span } from '../cost/estimate.ts';
import { assumedUsage, leftOut } from '../cost/usage.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** What an environment is billed for, for people: how much of what, what of it is priced, and what was assumed. */
export function renderCost({ lines, notPriced, region, total }: Estimate, paint: Paint): string {
  const rows = lines.map(({ component, what, unit, quantity, monthly }) => [
    component,
    what,
    `${spanOf(quantity, String)} × ${unit}`,
    ...(total === undefined ? [] : [monthly === undefined ? paint('yellow', 'not priced') : spanOf(monthly, usd)]),
  ]);
  const headings = ['component', 'what', 'a month', ...(total === undefined ? [] : ['USD'])];
  return [
    ...renderTable(headings, rows, paint),
    '',
    ...(notPriced.length === 0
      ? []
      : [
          paint('bold', `Not priced for ${region}`),
          `  ${notPriced.join(', ')}`,
          "  This project has no prices: AWS's own list is the only source that counts. Read them from the AWS Price List",
          '  or the pricing pages of your region, write them by these keys into a JSON file, and give it with --prices.',
          '',
        ]),
    paint('bold', 'Assumed'),
    `  ${assumptions()}`,
    '',
    paint('bold', 'Left out'),
    ...leftOut.map((line) => `  ${line}`),
  ].join('\n');
}

function assumptions(): string {
  const { loadBalancerUnits, natGB, logsGB, flowLogsGB, millionRequests, registryGB } = assumedUsage;
  return [
    `${loadBalancerUnits} capacity unit of the load balancer`,
    `${natGB} GB through NAT`,
    `${logsGB} GB of logs`,
    `${flowLogsGB} GB of flow logs`,
    `${millionRequests} million requests`,
    `${registryGB} GB of images`,
  ].join(', ');
}

/** `at least $61.00 a month`, or why there is no total. */
export function summarizeCost({ lines, total, notPriced }: Estimate): string {
  if (total === undefined) return `not known without prices: ${lines.length} things are billed, see \`stack cost\``;
  if (notPriced.length > 0) return `at least ${usd(total.least)} a month: ${notPriced.length} prices are missing`;
  return `${spanOf(total, usd)} a month`;
}

function spanOf({ least, most }: Span, show: (amount: number) => string): string {
  return least === most ? show(least) : `${show(least)} to ${show(most)}`;
}

export function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
