/**
 * A reading that all who ask within a time share: several windows, or a look that takes longer than the time between two,
 * never read twice at once.
 *
 * @param milliseconds for how long an answer is good
 */
export function shared<Value>(
  read: () => Promise<Value>,
  milliseconds: number,
  now: () => number = Date.now,
): () => Promise<Value> {
  let last: { readonly value: Promise<Value>; settledAt: number | undefined } | undefined;
  return () => {
    if (last !== undefined && (last.settledAt === undefined || now() - last.settledAt < milliseconds)) {
      return last.value;
    }
    const reading: NonNullable<typeof last> = { value: read(), settledAt: undefined };
    last = reading;
    const settle = () => {
      reading.settledAt = now();
    };
    reading.value.then(settle, settle);
    return reading.value;
  };
}
