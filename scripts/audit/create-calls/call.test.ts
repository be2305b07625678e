import { describe, expect, it } from 'vitest';
import { callsOf, setMember, tags } from './call.ts';
import { networkCalls } from './network.ts';

describe('a call', () => {
  it('has a member for each input that is set, and what no input names', () => {
    const calls = callsOf(
      {
        calls: [
          {
            service: 's',
            operation: 'Create',
            members: { name: 'Name', absent: 'Absent', tags },
            others: (name) => ({ Reference: name }),
          },
        ],
      },
      'logical',
      { name: 'physical', tags: { A: 'b' } },
    );

    expect(calls).toEqual([
      {
        service: 's',
        operation: 'Create',
        parameters: { Reference: 'logical', Name: 'physical', Tags: [{ Key: 'A', Value: 'b' }] },
      },
    ]);
  });

  it('puts what belongs to one structure together', () => {
    const [call] = callsOf(networkCalls['aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule']!, 'x', {
      securityGroupId: 'sg-1',
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      cidrIpv4: '0.0.0.0/0',
      description: 'out',
    });

    expect(call?.parameters).toEqual({
      GroupId: 'sg-1',
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'out' }] },
      ],
    });
  });

  it('merges two objects at one path', () => {
    const target = {};
    setMember(target, 'a.b', { c: 1 });
    setMember(target, 'a.b', { d: 2 });
    setMember(target, 'a.e', 3);

    expect(target).toEqual({ a: { b: { c: 1, d: 2 }, e: 3 } });
  });
});
