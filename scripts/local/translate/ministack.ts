import { serverOf } from './data-server.ts';
import { type Emulator, emulatorName, emulatorPort } from './emulator.ts';
import { gatingCheck } from './health-check.ts';
import { labelNames, type SwarmService } from './stack-document.ts';

/** It starts with 55 MiB. Objects are on its volume, messages in its memory. */
const emulatorMemoryMiB = 512;

/** In the image, and the volume's place: the official image lets its user write there. */
export const emulatorFolder = '/tmp/ministack-data';

/** Of its container, beside the rendered documents. */
export const emulatorFiles = { script: 'create-resources.py', resources: 'emulated-resources.json' } as const;

/** What the script makes whenever the emulator starts. */
export function renderResources({ region, buckets, queues }: Emulator): string {
  return `${JSON.stringify({ region, buckets, queues }, null, 2)}\n`;
}

export interface EmulatorBinding {
  readonly image: string;
  readonly network: string;
  readonly volume: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Keys of the Swarm configs in the stack's document. */
  readonly configs: { readonly script: string; readonly resources: string };
}

/**
 * MiniStack in place of S3 and SQS: objects are written to a volume at once, queues with their messages when it stops. It is
 * ready once the buckets and queues are there.
 */
export function translateEmulator({ region, buckets, queues }: Emulator, binding: EmulatorBinding): SwarmService {
  const base = serverOf({ name: emulatorName, memoryMiB: emulatorMemoryMiB, title: 'MiniStack' }, binding);
  return {
    ...base,
    labels: { ...base.labels, [labelNames.standsIn]: [...buckets, ...queues].map(({ name }) => name).join(', ') },
    entrypoint: ['python3', '-m', 'ministack'],
    // It needs none. The official image runs as root, whose files are another user's.
    cap_drop: ['ALL'],
    cap_add: ['DAC_OVERRIDE'],
    environment: {
      GATEWAY_PORT: String(emulatorPort),
      MINISTACK_HOST: emulatorName,
      MINISTACK_REGION: region,
      SERVICES: 's3,sqs',
      S3_PERSIST: '1',
      S3_DATA_DIR: `${emulatorFolder}/s3`,
      PERSIST_STATE: '1',
      STATE_DIR: `${emulatorFolder}/state`,
      PYTHONUNBUFFERED: '1',
    },
    volumes: [{ type: 'volume', source: binding.volume, target: emulatorFolder }],
    configs: [
      { source: binding.configs.script, target: `/docker-entrypoint-initaws.d/ready.d/${emulatorFiles.script}` },
      { source: binding.configs.resources, target: '/stack/resources.json' },
    ],
    // SDKs ask a bucket as a host of its own, unless they are told otherwise.
    networks: {
      [binding.network]: { aliases: [emulatorName, ...buckets.map(({ name }) => `${name}.${emulatorName}`)] },
    },
    stop_grace_period: '30s',
    healthcheck: gatingCheck(
      'test -e /dev/shm/resources-made',
      { timeoutSeconds: 5, intervalSeconds: 10, retries: 6, graceSeconds: 60 },
      emulatorPort,
    ),
  };
}
