import type { Clock } from '../release/clock.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { activeServices } from './services.ts';

const pollMilliseconds = 5_000;

/**
 * Reports the events of an environment's services while `work` runs: the engine waits for minutes without output.
 * Failing to read events does not affect the work.
 */
export async function withServiceEvents<T>(
  clients: Pick<AwsClients, 'ecs'>,
  names: AwsNames,
  { clock, say }: { readonly clock: Clock; readonly say: (line: string) => void },
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const listening = listen(clients, names, clock, say, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    await listening;
  }
}

async function listen(
  clients: Pick<AwsClients, 'ecs'>,
  names: AwsNames,
  clock: Clock,
  say: (line: string) => void,
  over: AbortSignal,
): Promise<void> {
  // What there is at the first look is of earlier rollouts. Its time would be ECS's, which this machine's clock may not have.
  let known: ReadonlySet<string> | undefined;
  while (!over.aborted) {
    const events = await readEvents(clients, names).catch(() => undefined);
    if (events !== undefined) {
      const before = known;
      if (!over.aborted && before !== undefined) {
        for (const { id, message } of events) if (!before.has(id)) say(`ECS: ${message}`);
      }
      known = new Set([...(before ?? []), ...events.map(({ id }) => id)]);
    }
    await clock.sleep(pollMilliseconds, over).catch(() => undefined);
  }
}

/** The events of all services, each service's oldest first. */
async function readEvents(
  clients: Pick<AwsClients, 'ecs'>,
  names: AwsNames,
): Promise<readonly { readonly id: string; readonly message: string }[]> {
  const services = await activeServices(clients, names);
  return services.flatMap(({ events = [] }) =>
    events.toReversed().map(({ id = '', message = '' }) => ({ id, message })),
  );
}
