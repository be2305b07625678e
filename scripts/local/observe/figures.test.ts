import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { parseDashboard } from '../translate/dashboard.ts';
import { parseProgram } from '../translate/program.ts';
import { figuresOf } from './figures.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Answers queries of a range in Prometheus's format. @returns its address */
async function answering(answer: (query: URLSearchParams) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const body = pathname === '/api/v1/query_range' ? answer(searchParams) : undefined;
    response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const matrix = (values: readonly (readonly [number, string])[]) => ({
  status: 'success',
  data: { resultType: 'matrix', result: values.length === 0 ? [] : [{ metric: {}, values }] },
});
const range = { from: 100, to: 120, step: 10 };

async function figures(address: () => Promise<string>) {
  const graph = await graphOf();
  const program = parseProgram(graph);
  const dashboard = parseDashboard(graph, program);
  if (dashboard === undefined) throw new Error('no dashboard');
  return figuresOf(dashboard, program, address);
}

describe('figures of Prometheus', () => {
  it('are put on the points of the range, with nothing where there is none', async () => {
    const address = await answering((query) =>
      /code="5xx"/.test(query.get('query') ?? '')
        ? matrix([
            [100, '3'],
            [120, 'NaN'],
          ])
        : matrix([
            [110, '7.5'],
            [120, '8'],
          ]),
    );
    const { panels, read } = await figures(async () => address);
    const index = panels
      .filter(({ kind }) => kind === 'chart')
      .findIndex(({ title }) => title === 'Requests and errors');

    expect((await read(range))[index]).toEqual({
      value: [
        [null, 7.5, 8],
        [null, 7.5, 8],
        [3, null, null],
      ],
    });
  });

  it('of a coarse range stand for all of each step', async () => {
    const queries: string[] = [];
    const address = await answering((query) => {
      queries.push(query.get('query') ?? '');
      return matrix([]);
    });
    const { read } = await figures(async () => address);
    await read({ from: 0, to: 3000, step: 300 });

    expect(queries.length).toBeGreaterThan(10);
    expect(queries.filter((query) => query.includes('[60s'))).toEqual([]);
  });

  it.each([
    ['an error of Prometheus', { status: 'error', errorType: 'bad_data', error: 'parse error' }, /parse error/],
    ['another answer', { status: 'success', data: { resultType: 'vector', result: [] } }, /vector/],
  ])('are unknown after %s', async (_what, answer, why) => {
    const address = await answering(() => answer);
    const { read } = await figures(async () => address);
    const drawn = (await read(range)).filter((known) => 'unknown' in known || known.value.length > 0);

    expect(drawn.length).toBeGreaterThan(8);
    for (const known of drawn) expect(known).toEqual({ unknown: expect.stringMatching(why) });
  });

  it('are unknown where Prometheus is not there', async () => {
    const { read } = await figures(async () => 'http://127.0.0.1:9');

    expect(await read(range)).toContainEqual({ unknown: expect.stringContaining('did not answer') });
  });
});
