import type { z } from 'zod';

export type RequestHeader = 'if-match' | 'if-match-required' | 'if-none-match' | 'idempotency-key';
export type AnswerHeader = 'etag' | 'location' | 'idempotent-replayed';

/** What an endpoint answers; the OpenAPI document is built from it and from the schemas of its arguments. */
export interface Answer {
  readonly summary: string;
  readonly status: number;
  /** Left out: the answer has no body. */
  readonly body?: z.ZodType;
  /** Request headers that it respects; what they can cause is known from them. */
  readonly accepts?: readonly RequestHeader[];
  /** Headers that its own answer has. */
  readonly headers?: readonly AnswerHeader[];
  /** Other statuses with the same body. */
  readonly alsoAs?: readonly number[];
  /** Statuses of its own problems (RFC 9457); those that its arguments can cause are known from them. */
  readonly problems?: readonly number[];
}

const answers = new WeakMap<object, Answer>();

/** Documents a controller's method. */
export function Answers(answer: Answer) {
  return (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    answers.set(descriptor.value, answer);
  };
}

export function answerOf(method: object): Answer | undefined {
  return answers.get(method);
}

/** What a controller's endpoints are about, as a heading of the document. */
export interface Topic {
  readonly name: string;
  readonly description: string;
}

const topics = new WeakMap<object, Topic>();

export function About(topic: Topic) {
  return (controller: object): void => {
    topics.set(controller, topic);
  };
}

export function topicOf(controller: object): Topic | undefined {
  return topics.get(controller);
}
