import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reasonWithoutMiniStack } from '../aws/testing/ministack.ts';
import { testEngine } from '../local/testing/engine.ts';
import { deriveNames } from '../local/translate/names.ts';
import { labelNames } from '../local/translate/stack-document.ts';
import { type Checkout, createCheckout } from './checkout.ts';
import { releaseOf } from './expectations.ts';
import { oneTask } from './quick-settings.ts';

const skipped = await reasonWithoutMiniStack();

/**
 * An app with a bucket, a queue and a dead-letter queue of its own, which it uses through the SDK of AWS as it would there: no
 * endpoint, no option. The tests build on each other in order.
 */
describe.skipIf(skipped)(
  `an app with resources of its own on target local${skipped ? ` (skipped: ${skipped})` : ''}`,
  () => {
    let checkout: Checkout;
    let url: string;
    const ask = async (method: string, path: string, body?: string): Promise<unknown> => {
      const response = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body }) });
      return response.json();
    };
    const emulatorContainer = async (): Promise<string> => {
      const { docker } = await testEngine();
      const filters = [`label=${labelNames.instance}=${checkout.instance}`, `label=${labelNames.service}=ministack`];
      return (await docker.run(['ps', '--quiet', ...filters.flatMap((filter) => ['--filter', filter])])).trim();
    };

    beforeAll(async () => {
      checkout = await createCheckout(`t${process.pid}-jobs`);
      cpSync(join(import.meta.dirname, 'jobs-app'), join(checkout.directory, 'jobs-app'), { recursive: true });
      const settings = { appDirectory: 'jobs-app', ...oneTask, valkey: 'off' };
      await checkout.configure('staging', settings);
    });
    afterAll(async () => {
      await checkout.stack('down', 'staging');
      checkout.remove();
    });

    it('is told what stands in for them, what of them has no effect, and what is not there', async () => {
      const { json } = await checkout.stack('preview', 'staging');
      const lines = JSON.stringify(json);

      expect(lines).toMatch(
        /MiniStack stands in for [^"]*files \(aws:s3\/bucket:Bucket\)[^"]*, and enforces no permission/,
      );
      expect(lines).toMatch(
        /without effect here: files \(aws:s3\/bucketPublicAccessBlock[^"]*kmsMasterKeyId of jobs \(aws:sqs\/queue:Queue\)/,
      );
      expect(lines).toContain('the app’s own resources: news (aws:sns/topic:Topic)');
      expect(lines).toContain('variables that need them, which are not set: TOPIC of api');
    });

    it('comes up with them', async () => {
      const up = await checkout.stack('up', 'staging');
      releaseOf(up);
      expect(up.talk).toContain('Start Postgres 17 and MiniStack');
      url = String(up.json['url']);
      expect(await ask('GET', '/about')).toEqual({
        bucket: expect.stringMatching(/^nest-fargate-staging-files-[0-9a-f]{7}$/),
        queue: 'http://ministack:4566/000000000000/nest-fargate-staging-jobs',
        topic: null,
        greeting: 'hello',
      });
    });

    it('writes an object with a version and reads it, sends a message and receives it', async () => {
      expect(await ask('PUT', '/files/note', 'first')).toEqual(expect.any(String));
      expect(await ask('GET', '/files/note')).toBe('first');
      expect(await ask('POST', '/jobs', 'resize')).toEqual(expect.any(String));
      expect(await ask('POST', '/taken')).toBe('resize');
      expect(await ask('POST', '/taken')).toBeNull();
    });

    it('finds a message that it did not finish in the dead-letter queue', async () => {
      await ask('POST', '/jobs', 'broken');
      expect(await ask('POST', '/dropped')).toBe('broken');
      await expect
        .poll(async () => (await ask('POST', '/dropped')) ?? ask('POST', '/failed'), { timeout: 20_000 })
        .toBe('broken');
    });

    it('has nothing to do the second time', async () => {
      expect((await checkout.stack('up', 'staging')).json['changed']).toBe(false);
    });

    it('keeps objects and messages over a change, a restart of the emulator included, and over a rollback', async () => {
      const before = await emulatorContainer();
      await ask('POST', '/jobs', 'waiting');
      await checkout.edit('jobs-app/stack.resources.ts', (text) =>
        text.replace('visibilityTimeoutSeconds: 1', 'visibilityTimeoutSeconds: 7'),
      );
      await checkout.edit('jobs-app/server.js', (text) => text.replace("'ok'", "'fine'"));
      const up = await checkout.stack('up', 'staging');
      releaseOf(up);
      expect(await emulatorContainer()).not.toBe(before);
      expect(await ask('GET', '/attributes')).toMatchObject({
        VisibilityTimeout: '7',
        RedrivePolicy: expect.stringContaining('"maxReceiveCount":1'),
      });
      expect(await ask('GET', '/files/note')).toBe('first');
      expect(await ask('POST', '/taken')).toBe('waiting');

      await ask('PUT', '/files/note', 'second');
      await ask('POST', '/jobs', 'still waiting');
      releaseOf(await checkout.stack('rollback', 'staging', '--yes'));
      expect(await ask('GET', '/healthz')).toBe('ok');
      expect(await ask('GET', '/files/note')).toBe('second');
      expect(await ask('POST', '/taken')).toBe('still waiting');
    });

    it('has its objects after the emulator was killed, and the queue of its last orderly stop', async () => {
      const { docker } = await testEngine();
      const killed = await emulatorContainer();
      await docker.run(['kill', killed]);
      await expect.poll(() => ask('GET', '/files/note'), { timeout: 60_000, interval: 500 }).toBe('second');
      await expect.poll(() => ask('POST', '/jobs', 'again'), { timeout: 60_000 }).toEqual(expect.any(String));
      const taken = new Set<unknown>();
      // The first one was received since, and comes back: queues are written when the emulator stops in order.
      const bothTaken = async () => {
        taken.add(await ask('POST', '/taken'));
        return ['again', 'waiting'].filter((message) => taken.has(message));
      };
      await expect.poll(bothTaken, { timeout: 60_000 }).toEqual(['again', 'waiting']);
    });

    it('shows the emulator in status and its lines in logs', async () => {
      const { output } = await checkout.plain('status', 'staging');
      expect(output).toContain('MiniStack');
      const logs = await checkout.stack('logs', 'staging', '--service', 'ministack');
      expect(JSON.stringify(logs.json['lines'])).toContain('ministack');
    });

    it('is reached by no program of this machine', async () => {
      const { docker } = await testEngine();
      const ports = await docker.run(['port', await emulatorContainer()]);
      expect(ports).toBe('');
    });

    it('leaves nothing behind', async () => {
      expect((await checkout.stack('down', 'staging')).exitCode).toBe(0);
      const { docker } = await testEngine();
      const { emulatorVolume } = deriveNames(checkout.instance, 'staging');
      expect((await docker.attempt(['volume', 'inspect', emulatorVolume])).exitCode).not.toBe(0);
    });
  },
);
