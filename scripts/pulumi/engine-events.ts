import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/index.js';
import { splitUrn } from './urn.ts';

/** An error that the engine, the program or a provider reported during an operation. */
export interface Diagnostic {
  /** `component › name`, if it is about one resource. */
  readonly resource?: string;
  readonly message: string;
}

/** A resource whose operation failed. */
export interface FailedResource {
  readonly urn: string;
  readonly type: string;
  readonly op: string;
  readonly subject: string;
  /** As they were sent to the provider. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the provider said. */
  readonly message: string;
  /** What it printed while it worked: the steps of a build. */
  readonly output: readonly string[];
}

/** One resource that an operation changes or would change. */
export interface Change {
  readonly urn: string;
  readonly type: string;
  readonly op: string;
  /** `component › type name`, in the program's terms. */
  readonly subject: string;
  /** The inputs that differ, if the engine says so. */
  readonly properties: readonly string[];
  /** Created by a provider; a component only groups. */
  readonly custom: boolean;
}

/** Symbols as Pulumi's own diff has them. */
const symbols: Readonly<Record<string, string>> = {
  create: '+',
  update: '~',
  delete: '-',
  replace: '±',
  'create-replacement': '±',
  'delete-replaced': '±',
  refresh: '↻',
  read: '>',
  import: '=',
};

const progressive: Readonly<Record<string, string>> = {
  create: 'creating',
  update: 'updating',
  delete: 'deleting',
  replace: 'replacing',
  'create-replacement': 'creating the replacement of',
  'delete-replaced': 'deleting the replaced',
  import: 'importing',
};

const past: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  replace: 'replaced',
  'create-replacement': 'created the replacement of',
  'delete-replaced': 'deleted the replaced',
  import: 'imported',
};

/**
 * `component › type name` of a URN (`urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`) with its parent's URN.
 * The stack itself and components read as their name alone.
 */
export function subjectOf(urn: string, parentUrn: string | undefined): string {
  const { type, name } = splitUrn(urn);
  const parent = parentUrn === undefined || parentUrn === '' ? undefined : splitUrn(parentUrn);
  const what = isComponentType(type) ? name : `${kindOf(type)} ${name}`;
  return parent === undefined || parent.type === 'pulumi:pulumi:Stack' ? what : `${parent.name} › ${what}`;
}

function isComponentType(type: string): boolean {
  return type === 'pulumi:pulumi:Stack' || type.startsWith('stack:');
}

/** `aws:ecs/taskDefinition:TaskDefinition` reads as `ecs/TaskDefinition`. */
function kindOf(type: string): string {
  const [pkg = '', module = '', kind = ''] = type.split(':');
  if (pkg === 'pulumi-nodejs') return `dynamic/${kind}`;
  return `${pkg === 'aws' ? (module.split('/')[0] ?? module) : pkg}/${kind}`;
}

function changeOf(metadata: StepEventMetadata): Change {
  const parent = metadata.new?.parent ?? metadata.old?.parent;
  return {
    urn: metadata.urn,
    type: metadata.type,
    op: metadata.op,
    subject: subjectOf(metadata.urn, parent),
    properties: metadata.diffs ?? metadata.keys ?? [],
    custom: isCustom(metadata),
  };
}

/** `± api › ecs/TaskDefinition api (containerDefinitions)` */
export function renderChange(change: Change): string {
  const properties = change.properties.length === 0 ? '' : ` (${change.properties.join(', ')})`;
  return `${symbols[change.op] ?? change.op} ${change.subject}${properties}`;
}

/** Collects the events of an operation, and reports them line by line. */
export class EngineListener {
  readonly diagnostics: Diagnostic[] = [];
  readonly changes: Change[] = [];
  readonly #failed: Omit<FailedResource, 'message' | 'output'>[] = [];
  readonly #errors = new Map<string, string>();
  readonly #output = new Map<string, string[]>();
  /** Resources whose operation has started and not ended. */
  readonly #inFlight = new Map<string, Change>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get inFlight(): readonly Change[] {
    return [...this.#inFlight.values()];
  }

  get failures(): readonly FailedResource[] {
    return this.#failed.map((failed) => ({
      ...failed,
      message: this.#errors.get(failed.urn) ?? '',
      output: this.#output.get(failed.urn) ?? [],
    }));
  }

  readonly onEvent = (event: EngineEvent): void => {
    if (event.diagnosticEvent) this.#onDiagnostic(event.diagnosticEvent);
    if (event.policyEvent?.enforcementLevel === 'mandatory') {
      this.diagnostics.push({ message: `policy ${event.policyEvent.policyName}: ${event.policyEvent.message.trim()}` });
    }
    if (event.resourcePreEvent)
      this.#onStart(event.resourcePreEvent.metadata, event.resourcePreEvent.planning === true);
    if (event.resOutputsEvent) this.#onEnd(event.resOutputsEvent.metadata, event.resOutputsEvent.planning === true);
    if (event.resOpFailedEvent) {
      const { metadata } = event.resOpFailedEvent;
      const change = changeOf(metadata);
      const { urn, type, op, subject } = change;
      this.#failed.push({ urn, type, op, subject, inputs: metadata.new?.inputs ?? {} });
      this.#inFlight.delete(change.urn);
      this.#say(`failed: ${change.subject}`);
    }
  };

  #onDiagnostic(event: NonNullable<EngineEvent['diagnosticEvent']>): void {
    const message = stripControl(event.message).trim();
    if (message === '') return;
    if (event.severity === 'error') {
      if (event.urn !== undefined) this.#errors.set(event.urn, `${this.#errors.get(event.urn) ?? ''}${message}\n`);
      const subject = event.urn === undefined || event.urn === '' ? undefined : subjectOf(event.urn, undefined);
      const ofProgram = event.urn === undefined || event.urn === '' || event.urn.includes('pulumi:pulumi:Stack::');
      this.diagnostics.push(ofProgram || subject === undefined ? { message } : { resource: subject, message });
    }
    // `info` is output of the program or a provider during its work (the log of a migration, the steps of a build).
    if (event.severity !== 'error' && String(event.severity) !== 'debug') {
      this.#keep(event.urn, message);
      for (const line of message.split('\n')) this.#say(event.severity === 'warning' ? `warning: ${line}` : line);
    }
  }

  #keep(urn: string | undefined, message: string): void {
    if (urn === undefined || urn === '') return;
    const lines = this.#output.get(urn) ?? [];
    this.#output.set(urn, lines);
    lines.push(...message.split('\n'));
  }

  #onStart(metadata: StepEventMetadata, planning: boolean): void {
    if (!isOfInterest(metadata)) return;
    const change = changeOf(metadata);
    // A replacement is announced as such (logical), and as the creation and deletion that it consists of.
    if (metadata.logical === true) this.changes.push(change);
    if (planning || metadata.op === 'replace') return;
    this.#inFlight.set(change.urn, change);
    const verb = progressive[metadata.op];
    if (verb !== undefined && change.custom) this.#say(`${verb} ${change.subject}`);
  }

  #onEnd(metadata: StepEventMetadata, planning: boolean): void {
    // A refresh reports only at its end what it found: same, update or delete.
    if (metadata.op !== 'refresh' && metadata.logical !== true && isOfInterest(metadata)) this.#onRefreshed(metadata);
    if (planning) return;
    const change = changeOf(metadata);
    if (!this.#inFlight.delete(change.urn)) return;
    const verb = past[metadata.op];
    if (verb !== undefined && change.custom) this.#say(`${verb} ${change.subject}`);
  }

  #onRefreshed(metadata: StepEventMetadata): void {
    if (metadata.op === 'update' || metadata.op === 'delete') this.changes.push(changeOf(metadata));
  }
}

/** Created by a provider, not a component. The engine omits `custom` if it is false. */
function isCustom({ new: after, old: before }: StepEventMetadata): boolean {
  return (after ?? before)?.custom === true;
}

/** Not the stack or the default providers: a dynamic provider treats every config key as its own and "changes" with each. */
function isOfInterest({ op, type }: StepEventMetadata): boolean {
  return op !== 'same' && op !== 'refresh' && type !== 'pulumi:pulumi:Stack' && !type.startsWith('pulumi:providers:');
}

/** Providers colour their messages although colour is off. */
function stripControl(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an ANSI escape begins with one
  return text.replace(/\u001b\[[0-9;]*m/g, '').replace(/<\{%[^%]*%\}>/g, '');
}
