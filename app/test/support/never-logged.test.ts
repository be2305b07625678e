import { describe, expect, it } from 'vitest';
import { leaksIn, neverLogged, neverLoggedIn } from './never-logged.ts';

describe('what must not be logged', () => {
  it('is found wherever in a line it is', () => {
    neverLogged('a-token-of-someone');
    neverLoggedIn({ email: 'someone@mail.example', title: 'Buy a present', id: 'an-id-of-something' });
    const lines = [
      '{"msg":"request"}',
      '{"url":"/?token=a-token-of-someone"}',
      '{"err":"someone@mail.example is taken"}',
      '{"row":["Buy a present"]}',
      '{"path":"/todos/an-id-of-something"}',
    ];
    expect(leaksIn(lines)).toEqual(lines.slice(1, 4));
  });

  it('does not include what is so short that it is anywhere', () => {
    neverLogged('x');
    expect(leaksIn(['xyz'])).toEqual([]);
  });
});
