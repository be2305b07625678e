import * as pulumi from '@pulumi/pulumi';

/** Runs what asks AWS for what exists, in an account that answers like that, by the name of the function. */
export async function withAnswers<T>(
  answers: Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => object>>,
  run: () => Promise<T>,
): Promise<T> {
  await pulumi.runtime.setMocks({
    newResource: () => ({ id: undefined, state: {} }),
    call: ({ token, inputs }) => ({ ...inputs, ...answers[token.split(':').at(-1) ?? '']?.(inputs) }),
  });
  return run();
}
