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
  const said = new Set<string>();
  const since = clock.now();
  while (!over.aborted) {
    const lines = await newEvents(clients, names, since, said).catch(() => []);
    if (!over.aborted) lines.forEach(say);
    await clock.sleep(pollMilliseconds, over).catch(() => undefined);
  }
}

async function newEvents(
  clients: Pick<AwsClients, 'ecs'>,
  names: AwsNames,
  since: number,
  said: Set<string>,
): Promise<readonly string[]> {
  const services = await activeServices(clients, names.cluster);
  return services.flatMap(({ events = [] }) =>
    events
      .filter(({ id = '', createdAt }) => !said.has(id) && (createdAt?.getTime() ?? 0) >= since)
      .toReversed()
      .map(({ id = '', message = '' }) => {
        said.add(id);
        return `ECS: ${message}`;
      }),
  );
}
