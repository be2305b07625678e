import { EventEmitter } from 'node:events';
import pg, { type PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import { surviveLostConnections } from './lost-connections.ts';

describe('a connection that is lost while it is handed over', () => {
  it('ends nothing but itself, and is listened to once however often it is handed over', () => {
    const pool = new pg.Pool();
    surviveLostConnections(pool);
    const client = new EventEmitter();
    for (let count = 0; count < 3; count += 1) {
      pool.emit('acquire', client as unknown as PoolClient);
    }
    expect(client.listenerCount('error')).toBe(1);
    expect(() => client.emit('error', new Error('terminating connection'))).not.toThrow();
  });
});
