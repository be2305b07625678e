import type { CostChange } from '../cost/difference.ts';
import type { Estimate, Span } from '../cost/estimate.ts';
import { assumedUsage, leftOut } from '../cost/usage.ts';
import type { Known } from '../release/known.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';
import { wrapLine, wrapWords } from './wrap.ts';

/** Where nothing says how wide the reader's screen is. */
const widestProse = 120;

const ownPrices =
  "This project has no prices: AWS's own list is the only source that counts. --prices aws asks it, with credentials " +
  'of the environment; or read them there for your region, write them by these keys into a JSON file, and give that.';

/** What an environment is billed for, for people: how much of what, what of it is priced, and what was assumed. */
export function renderCost({ lines, notPriced, region, total }: Estimate, paint: Paint, width?: number): string {
  const rows = lines.map(({ component, what, unit, quantity, monthly }) => [
    component,
    what,
    `${spanOf(quantity, String)} × ${unit}`,
    ...(total === undefined ? [] : [monthly === undefined ? paint('yellow', 'not priced') : spanOf(monthly, usd)]),
  ]);
  const prose = width ?? widestProse;
  const headings = ['component', 'what', 'a month', ...(total === undefined ? [] : ['USD'])];
  return [
    ...renderTable(headings, rows, paint, width),
    '',
    ...(notPriced.length === 0
      ? []
      : [
          paint('bold', `Not priced for ${region}`),
          ...wrapWords(notPriced.join(', '), prose, '  '),
          ...wrapWords(ownPrices, prose, '  '),
          '',
        ]),
    paint('bold', 'Assumed'),
    ...wrapWords(assumptions(), prose, '  '),
    '',
    paint('bold', 'Left out'),
    ...leftOut.flatMap((line) => wrapLine(`  ${line}`, prose)),
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

/** `adds at least $34.00 a month compared with 1.0.0`, `saves …`, or why that is not known. */
export function sayCostChange(change: Known<CostChange>): string {
  if ('unknown' in change) return `not known: ${change.unknown}`;
  const { monthly, moreNotPriced, lessNotPriced, pricedDiffers, since } = change.value;
  const notPriced = [...new Set([...moreNotPriced, ...lessNotPriced])];
  const compared = since === undefined ? '' : ` compared with ${since}`;
  if (notPriced.length === 0) return `${sayDifference(monthly)}${compared}`;
  const missing = `no price for ${notPriced.join(', ')}`;
  const { least, most } = monthly;
  const onlyMore = least >= 0 && most >= 0 && lessNotPriced.length === 0;
  const onlyLess = least <= 0 && most <= 0 && moreNotPriced.length === 0;
  const isBound = pricedDiffers && onlyMore !== onlyLess;
  return isBound ? `${sayDifference(monthly, 'at least ')}${compared}: ${missing}` : `not known: ${missing}`;
}

/** With the fewest tasks that run to the most: one may cost less while the other costs more. */
function sayDifference({ least, most }: Span, bound = ''): string {
  const [lower = 0, upper = 0] = [least, most].toSorted((a, b) => a - b);
  if (lower === 0 && upper === 0) return 'adds nothing';
  if (lower >= 0) return `adds ${bound}${spanOf({ least: lower, most: upper }, usd)} a month`;
  if (upper <= 0) return `saves ${bound}${spanOf({ least: -upper, most: -lower }, usd)} a month`;
  return `changes the cost by -${usd(-lower)} to +${usd(upper)} a month`;
}

function spanOf({ least, most }: Span, show: (amount: number) => string): string {
  return least === most ? show(least) : `${show(least)} to ${show(most)}`;
}

export function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
