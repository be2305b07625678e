/** What is counted of each request. */
export interface RequestObservation {
  readonly method: string;
  /** The pattern, such as `/todos/:id`: paths themselves would be endless. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** Where requests are reported to; whoever counts them comes later, when the start is over. */
export class RequestObserver {
  #sink: ((observation: RequestObservation) => void) | undefined;

  observe(observation: RequestObservation): void {
    this.#sink?.(observation);
  }

  reportTo(sink: (observation: RequestObservation) => void): void {
    this.#sink = sink;
  }
}
