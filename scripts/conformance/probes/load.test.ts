import { expect, it } from 'vitest';
import { connectionsByAddress } from './load.ts';

/** As the kernel prints it: 10.0.1.5 twice and 10.0.1.6 once connected to port 5432, one of them over IPv6. */
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1 0
   1: 0301000A:1538 0501000A:A1B2 01 00000000:00000000 00:00000000 00000000   999        0 2 1 0
   2: 0301000A:1538 0501000A:A1B4 01 00000000:00000000 00:00000000 00000000   999        0 3 1 0
   3: 0301000A:1538 0501000A:A1B6 06 00000000:00000000 00:00000000 00000000   999        0 4 1 0
   4: 0301000A:9999 0501000A:A1B8 01 00000000:00000000 00:00000000 00000000   999        0 5 1 0
   5: 0000000000000000FFFF00000301000A:1538 0000000000000000FFFF00000601000A:A1BA 01 00000000:00000000 00:00000000 0 999 0 6 1 0
`;

it('counts the established connections to the database by the task that has them', () => {
  expect([...connectionsByAddress(table, 5432)]).toEqual([
    ['10.0.1.5', 2],
    ['10.0.1.6', 1],
  ]);
});
