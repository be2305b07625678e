import { Refusal } from '../messages/user-error.ts';
import type { Choice, Prompt } from '../release/flow.ts';
import { interrupted } from '../release/interruption.ts';

export interface TerminalPromptOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** False with --json and without a terminal: then nobody is asked. */
  readonly interactive: boolean;
  /** Waits until nothing else writes to the terminal. */
  readonly quiet: () => Promise<void>;
  readonly signal: AbortSignal;
}

export interface AskedText {
  readonly offered?: string;
  /** @returns what is wrong with an answer */
  readonly wrong?: (answer: string) => string | undefined;
}

/** Asks on the terminal, on stderr: stdout is for results. */
export class TerminalPrompt implements Prompt {
  readonly interactive: boolean;
  readonly #options: TerminalPromptOptions;

  constructor(options: TerminalPromptOptions) {
    this.interactive = options.interactive;
    this.#options = options;
  }

  async approve(question: string): Promise<boolean> {
    this.#assertInteractive(question);
    await this.#options.quiet();
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: question, initialValue: false, ...this.#common() });
    if (isCancel(answer)) throw interrupted('Nothing was changed.');
    return answer;
  }

  async choose(question: string, choices: readonly Choice[]): Promise<string | undefined> {
    this.#assertInteractive(question);
    await this.#options.quiet();
    const { isCancel, select } = await import('@clack/prompts');
    // The prompt shows only the active option's hint, but people compare age, commit and digest.
    const width = Math.max(...choices.map(({ label }) => label.length));
    const options = choices.map(({ value, label, hint, disabled }) => {
      return { value, label: `${label.padEnd(width)}  ${hint}`, disabled };
    });
    const answer = await select({ message: question, options, maxItems: 10, ...this.#common() });
    return isCancel(answer) ? undefined : answer;
  }

  /** A text; what is offered counts where the answer is empty. */
  async ask(question: string, { offered = '', wrong }: AskedText = {}): Promise<string> {
    this.#assertInteractive(question);
    await this.#options.quiet();
    const { isCancel, text } = await import('@clack/prompts');
    const answer = await text({
      message: question,
      placeholder: offered,
      defaultValue: offered,
      validate: (given) => (given === undefined || given === '' ? undefined : wrong?.(given)),
      ...this.#common(),
    });
    if (isCancel(answer)) throw interrupted('Nothing was changed.');
    return answer.trim();
  }

  #common() {
    const { input, output, signal } = this.#options;
    return { input, output, signal };
  }

  #assertInteractive(question: string): void {
    if (this.interactive) return;
    throw new Refusal({
      code: 'APPROVAL_NEEDED',
      message: `"${question}" needs an answer, and there is no terminal to ask on.`,
      remedy: 'Approve it with --yes, or see what would happen with --dry-run.',
    });
  }
}
