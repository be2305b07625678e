import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkout, createCheckout, type Outcome } from '../../testing/checkout.ts';
import { shortRequests, twoTasks } from '../../testing/quick-settings.ts';

/** A plain app, which needs no database, so that a drill takes seconds. All of them with the bundled app: `stack drill --all`. */
export async function createDrillCheckout(instance: string): Promise<Checkout> {
  const checkout = await createCheckout(instance);
  const app = join(import.meta.dirname, '../../testing/plain-app');
  cpSync(app, join(checkout.directory, 'plain-app'), { recursive: true });
  // What never gets ready is given up after the sum of these.
  const soon = { slowestBootSeconds: '5', toleratedOutageSeconds: '10' };
  await checkout.configure('staging', { appDirectory: 'plain-app', ...shortRequests, ...twoTasks, ...soon });
  await checkout.commit('The plain app');
  return checkout;
}

export interface Result {
  readonly name: string;
  readonly outcome: string;
  readonly because?: string;
  readonly findings?: readonly { readonly promised: string; readonly kept?: boolean; readonly notChecked?: string }[];
}

export const resultsOf = ({ json, talk }: Outcome) => {
  if (!Array.isArray(json['results'])) throw new Error(`The drill gave no results: ${JSON.stringify(json)}\n${talk}`);
  return json['results'] as readonly Result[];
};
export const outcomes = (results: readonly Result[]) =>
  Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));
export const brokenIn = (results: readonly Result[], drill: string) =>
  results
    .find(({ name }) => name === drill)
    ?.findings?.flatMap(({ kept, promised }) => (kept === false ? [promised] : []));
