import { describe, expect, it } from 'vitest';
import { correlationIdFrom } from './correlation-id.ts';

describe('a correlation id', () => {
  it.each([
    '12345678',
    'x'.repeat(128),
    'Root=1-67891233-abcdef01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ])('%s is kept', (id) => {
    expect(correlationIdFrom(id)).toBe(id);
  });

  it.each([
    undefined,
    '',
    '1234567',
    'x'.repeat(129),
    'with space',
    'a\r\nb: forged',
    '"quoted"',
    'ümläut-12',
    ['a'.repeat(8), 'b'.repeat(8)],
  ])('%j is replaced by a new one', (id) => {
    expect(correlationIdFrom(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
