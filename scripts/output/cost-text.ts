import type { Estimate } from '../cost/estimate.ts';
import { assumedUsage, leftOut } from '../cost/usage.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** An estimate for people: what costs how much, what is not priced, and what was assumed. */
export function renderCost({ lines, notPriced, region }: Estimate, paint: Paint): string {
  const rows = lines.map(({ component, what, monthly }) => [
    component,
    what,
    monthly === undefined ? paint('yellow', 'not priced') : usd(monthly.least),
    monthly === undefined || monthly.most === monthly.least ? '' : usd(monthly.most),
  ]);
  const missing = notPriced.map((key) => `  ${key}`);
  return [
    ...renderTable(['component', 'what', 'a month, at least', 'at most'], rows, paint),
    '',
    ...(missing.length === 0 ? [] : [paint('bold', `Not priced: no dated source for ${region}`), ...missing, '']),
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

/** `$61 to $140 a month`, and how many prices are missing. */
export function summarizeCost({ total, notPriced }: Estimate): string {
  const range = total.least === total.most ? usd(total.least) : `${usd(total.least)} to ${usd(total.most)}`;
  return `${range} a month${notPriced.length === 0 ? '' : `, without ${notPriced.length} unknown prices`}`;
}

export function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
