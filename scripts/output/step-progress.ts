import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { formatSeconds } from '../messages/duration.ts';
import type { Progress } from '../release/target.ts';
import { paintFor } from './paint.ts';

/** How a step ends: the next one begins, the command is done, or it failed in this step. */
type Ending = 'done' | 'failed';

/** Lines of detail that a terminal keeps below a step; a log keeps all. */
const keptLines = 8;

/**
 * Shows the steps of a flow on stderr: live on a terminal, one line each elsewhere. A flow announces its steps one by
 * one, so each is a task list of its own, drawn when the previous one is finished: two at once would overwrite each
 * other.
 */
export class StepProgress implements Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: boolean;
  #current: Step | undefined;
  /** The step that failed is marked already; the steps after it undo it. */
  #failed = false;
  #drawn: Promise<void> = Promise.resolve();

  constructor(stream: NodeJS.WriteStream, { live }: { readonly live: boolean }) {
    this.#stream = stream;
    this.#live = live;
  }

  step(title: string): void {
    this.#current?.end('done');
    const step = new Step(title);
    this.#current = step;
    this.#drawn = this.#drawn.then(() => this.#draw(step));
  }

  detail(line: string): void {
    this.#current?.add(line);
  }

  fail(): void {
    this.#current?.end('failed');
    this.#current = undefined;
    this.#failed = true;
  }

  /** Ends the step under way and waits until all is drawn: only then may anything else write to the terminal. */
  async settle(ending: Ending): Promise<void> {
    this.#current?.end(this.#failed ? 'done' : ending);
    this.#current = undefined;
    await this.#drawn;
  }

  async #draw(step: Step): Promise<void> {
    const list = await this.#listOf(step);
    try {
      await list.run();
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
    }
  }

  async #listOf(step: Step): Promise<{ run(): Promise<unknown> }> {
    const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
    const stream = this.#live || hasColours(this.#stream) ? this.#stream : withoutColours(this.#stream);
    const processOutput = new ProcessOutput(stream, stream, { leaveEmptyLine: false });
    return new Listr(
      [
        {
          title: step.title,
          rendererOptions: { persistentOutput: true, outputBar: keptLines },
          task: async (_, task) => {
            step.watch((line) => {
              task.output = line;
            });
            const ending = await step.ended;
            task.title = `${step.title} (${formatSeconds(step.seconds)})`;
            if (ending === 'failed') throw new StepFailure('see below');
          },
        },
      ],
      {
        renderer: this.#live ? 'default' : 'simple',
        registerSignalListeners: false,
        rendererOptions: {
          logger: new ListrLogger({ useIcons: true, processOutput }),
          collapseErrors: false,
          showErrorMessage: false,
        },
      },
    );
  }
}

function hasColours(stream: NodeJS.WriteStream): boolean {
  return paintFor(stream)('red', 'x') !== 'x';
}

/** The renderer asks whether stdout is a terminal, and writes to another stream: `2> log` is none. */
function withoutColours(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      stream.write(stripVTControlCharacters(String(chunk)));
      done();
    },
  }) as NodeJS.WriteStream;
}

/** Makes the renderer mark the step; the error itself is shown once, at the end. */
class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

class Step {
  readonly title: string;
  readonly ended: Promise<Ending>;
  #end: (ending: Ending) => void = () => undefined;
  readonly #startedAt = performance.now();
  #endedAt: number | undefined;
  #waiting: string[] = [];
  #show: ((line: string) => void) | undefined;

  constructor(title: string) {
    this.title = title;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get seconds(): number {
    return ((this.#endedAt ?? performance.now()) - this.#startedAt) / 1000;
  }

  add(line: string): void {
    if (this.#show === undefined) this.#waiting.push(line);
    else this.#show(line);
  }

  /** Lines that came before the step was drawn are shown now. */
  watch(show: (line: string) => void): void {
    for (const line of this.#waiting) show(line);
    this.#waiting = [];
    this.#show = show;
  }

  end(ending: Ending): void {
    this.#endedAt ??= performance.now();
    this.#end(ending);
  }
}
