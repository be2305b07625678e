import { describe, expect, it } from 'vitest';
import { scramVerifier } from './app-role.ts';

describe('what Postgres is given instead of the password', () => {
  it('is the verifier of RFC 5803, here that of the example in RFC 7677', () => {
    expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('has another salt each time, and nothing of the password', () => {
    const [one, other] = [scramVerifier('a-long-password'), scramVerifier('a-long-password')];
    expect(one).not.toBe(other);
    expect(one).not.toContain('a-long-password');
  });
});
