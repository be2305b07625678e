import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import * as grpc from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import { AnalyzeRequest, type AnalyzeResponse, AnalyzerResourceOptions } from '@pulumi/pulumi/proto/analyzer_pb.js';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** As the engine does it: the pack is a process that says its port on its first line and answers there. */
let pack: ChildProcess;
let client: AnalyzerClient;

beforeAll(async () => {
  const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack/index.js');
  pack = spawn(process.execPath, [runner, '127.0.0.1:1', '.'], { cwd: import.meta.dirname });
  const port = await new Promise<string>((resolve, reject) => {
    pack.stdout?.once('data', (line) => resolve(String(line).trim()));
    pack.stderr?.once('data', (line) => reject(new Error(String(line))));
  });
  client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});

afterAll(() => {
  client.close();
  pack.kill();
});

async function analyze(type: string, inputs: Parameters<typeof Struct.fromJavaScript>[0]): Promise<readonly string[]> {
  const request = new AnalyzeRequest();
  request.setType(type);
  request.setName('database');
  request.setUrn(`urn:pulumi:prod::nest-fargate::${type}::database`);
  request.setProperties(Struct.fromJavaScript(inputs));
  request.setOptions(new AnalyzerResourceOptions().setCustomtimeouts(new AnalyzerResourceOptions.CustomTimeouts()));
  const response = await new Promise<AnalyzeResponse>((resolve, reject) => {
    client.analyze(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
  return response.getDiagnosticsList().map((found) => `${found.getPolicyname()} ${found.getEnforcementlevel()}`);
}

const instance = 'aws:rds/instance:Instance';
const right = {
  publiclyAccessible: false,
  storageEncrypted: true,
  backupRetentionPeriod: 7,
  deletionProtection: true,
  skipFinalSnapshot: false,
};
const mandatory = 1;

describe('the policy pack', () => {
  it('lets through what breaks no rule', async () => {
    expect(await analyze(instance, right)).toEqual([]);
  });

  it('stops what breaks one', async () => {
    expect(await analyze(instance, { ...right, publiclyAccessible: true, backupRetentionPeriod: 0 })).toEqual([
      `public-database ${mandatory}`,
      `database-without-backups ${mandatory}`,
    ]);
  });

  it('does not stop what is not known yet', async () => {
    const unknownBoolean = '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7';

    const found = await analyze(instance, { ...right, storageEncrypted: unknownBoolean });
    expect(found.filter((diagnostic) => diagnostic.endsWith(String(mandatory)))).toEqual([]);
  });
});
