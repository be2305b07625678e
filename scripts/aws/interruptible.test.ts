import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { requestDeadlines } from '../pulumi/request-deadlines.ts';
import { createClients } from './clients.ts';
import { makeInterruptible } from './interruptible.ts';

/** An AWS that takes requests and never answers. */
async function silentAws(): Promise<{ readonly server: Server; readonly endpoint: string }> {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

const access = { region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

describe('a call of AWS', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const silent = async () => {
    const { server, endpoint } = await silentAws();
    servers.push(server);
    return { server, endpoint };
  };

  it('has deadlines, whichever service is called', async () => {
    const { region: _, accounts: ____, config: __, time: ___, ...clients } = createClients(access);
    for (const client of Object.values(clients)) {
      const { requestHandler } = client.config;
      // The handler reads its options when it is first used.
      expect(await (requestHandler as unknown as { configProvider: Promise<object> }).configProvider).toMatchObject(
        requestDeadlines,
      );
    }
  });

  it('that is never answered ends at its deadline', async () => {
    const { endpoint } = await silent();
    const ssm = new SSMClient({
      ...access,
      endpoint,
      maxAttempts: 1,
      requestHandler: { ...requestDeadlines, requestTimeout: 50 },
    });
    await expect(ssm.send(new GetParameterCommand({ Name: '/x' }))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('is cut by an interruption while it waits, and none follows', async () => {
    const { server, endpoint } = await silent();
    const interruption = new AbortController();
    const { ssm } = createClients({ ...access, endpoint }, () => interruption.signal);
    const asked = once(server, 'request');
    const answer = expect(ssm.send(new GetParameterCommand({ Name: '/x' }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    await asked;
    interruption.abort();
    await answer;
    await expect(ssm.send(new GetParameterCommand({ Name: '/x' }))).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is not cut where something may have changed', async () => {
    const answering = createServer((_request, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ Parameter: { Name: '/x', Value: 'there' } }));
    }).listen(0, '127.0.0.1');
    servers.push(answering);
    await once(answering, 'listening');
    const address = answering.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const ssm = new SSMClient({ ...access, endpoint });
    makeInterruptible(ssm, () => undefined);
    expect((await ssm.send(new GetParameterCommand({ Name: '/x' }))).Parameter?.Value).toBe('there');
  });
});
