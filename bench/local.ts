import { spawn } from 'node:child_process';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { createCheckout } from '../scripts/testing/checkout.ts';
import { docker } from '../scripts/testing/containers.ts';
import { startLoad } from '../scripts/testing/load.ts';
import { newSession } from '../scripts/testing/session.ts';
import type { Row } from './table.ts';

const instance = `bench${process.pid}`;
const repeats = 3;

/** What a release costs on this machine, by the CLI's own commands: `up`, nothing to do, a rollout and a rollback under load. */
export async function benchLocal(): Promise<Row[]> {
  const checkout = await createCheckout(instance, { processes: true });
  const stack = async (...args: string[]) => {
    const outcome = await checkout.stack(...args);
    if (outcome.exitCode !== 0) throw new Error(`stack ${args.join(' ')}:\n${outcome.talk}`);
    return outcome;
  };
  const timed = async (...args: string[]) => (await stack(...args)).seconds;
  let revision = 0;
  const changeSource = () => {
    revision += 1;
    // Of this run: the engine remembers what an earlier one built.
    return checkout.edit('app/src/main.ts', (text) => `${text}\n// revision ${revision} of ${process.pid}\n`);
  };
  try {
    const first = await stack('up');
    const { image } = first.json['release'] as { image: string };
    const bytes = Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
    const figures = {
      nothing: [] as number[],
      rebuild: [] as number[],
      rollout: [] as number[],
      rollback: [] as number[],
    };
    let lost = 0;
    for (let repeat = 0; repeat < repeats; repeat += 1) figures.nothing.push(await timed('up'));
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await changeSource();
      const load = startLoad(`${first.json['url']}/todos`, { headers: await newSession(`${first.json['url']}`) });
      const up = await stack('up');
      figures.rollout.push(up.seconds);
      figures.rebuild.push(secondsOfStep(up.talk, /Build the image/));
      figures.rollback.push(await timed('rollback', 'staging', '--yes'));
      lost += (await load.stop()).failed;
    }
    const row = (name: string, seconds: readonly number[], atMost: number): Row => ({
      name,
      unit: 's',
      ours: seconds,
      target: { atMost },
    });
    return [
      { name: 'image of the app, base included', unit: 'MB', ours: [bytes / 1e6] },
      {
        name: 'the same, compressed by gzip as a push does',
        unit: 'MB',
        ours: [(await compressed(image, createGzip())) / 1e6],
      },
      {
        name: 'the same, compressed by zstd, which no push of @pulumi/docker does',
        unit: 'MB',
        ours: [(await compressed(image, createZstdCompress())) / 1e6],
        target: { atMost: 60 },
      },
      { name: 'first up on this machine, base images there', unit: 's', ours: [first.seconds], target: { atMost: 60 } },
      row('up with nothing to do', figures.nothing, 1.5),
      row('image build after a change of the source', figures.rebuild, 3),
      row('whole up after a change of the source, 250 requests/s', figures.rollout, 10),
      row('rollback, 250 requests/s', figures.rollback, 5),
      { name: 'requests lost in those rollouts and rollbacks', unit: '', ours: [lost], target: { atMost: 0 } },
    ];
  } finally {
    await checkout.stack('down');
    checkout.remove();
  }
}

/** Layers are pushed one by one: together they are a little smaller. */
async function compressed(image: string, compressor: Transform): Promise<number> {
  const save = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  await pipeline(save.stdout, compressor, async (chunks: AsyncIterable<Buffer>) => {
    for await (const { length } of chunks) bytes += length;
  });
  return bytes;
}

/** From the CLI's own line about a finished step: `✔ Build the image of … (4.2 s)`. */
function secondsOfStep(talk: string, step: RegExp): number {
  const line = talk.split('\n').find((text) => text.startsWith('✔') && step.test(text));
  return Number(/\((?<seconds>[\d.]+) s\)/.exec(line ?? '')?.groups?.['seconds']);
}
