import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { frontOf, programOf, readinessOf, releaseCommand } from '../../infra/manifest/app.ts';
import { readAlarms } from '../local/alarms/read.ts';
import type { Docker } from '../local/engine/docker.ts';
import type { Place } from '../local/state/place.ts';
import { readSwarm, type SwarmServiceState, staysRunning } from '../local/swarm/swarm.ts';
import { serverVariables } from '../local/translate/database.ts';
import { labelNames } from '../local/translate/stack-document.ts';
import { UserError } from '../messages/user-error.ts';
import { backgroundOf } from './background.ts';
import type { CommandRun, Mark, MarkName, Probe } from './evidence.ts';
import type { Facts } from './facts.ts';
import { type Faults, makeFaultyImage } from './faults.ts';
import { type Guest, type Logins, openGuest } from './guest.ts';
import { type Held, holdMemory } from './held.ts';
import { type StartedCommand, startCommand } from './stack-command.ts';
import { sample } from './watch.ts';

/** As both listen on target local. */
const postgresPort = 5432;
const valkeyPort = 6379;

/** What an act says of what it did: see image/faults.mjs. */
const actSchema = z.object({ said: z.string() });
const stateSchema = z.object({ State: z.object({ Running: z.boolean() }) });
const infoSchema = z.object({ NCPU: z.number() });

/** An environment that is being drilled, and what a drill may do to it. */
export class Stage {
  readonly docker: Docker;
  readonly place: Place;
  readonly facts: Facts;
  readonly url: string;
  readonly signal: AbortSignal;
  /** Whether the drill is to be broken on purpose. */
  readonly sabotaged: boolean;
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #say: (line: string) => void;
  #now: () => number = () => 0;
  #marks: Mark[] = [];
  #commands: CommandRun[] = [];
  #probes: Probe[] = [];
  #facts: Record<string, string> = {};
  #releases = 0;

  constructor(options: {
    readonly docker: Docker;
    readonly place: Place;
    readonly facts: Facts;
    readonly url: string;
    readonly signal: AbortSignal;
    readonly sabotaged: boolean;
    readonly variables: Readonly<Record<string, string | undefined>>;
    readonly say: (line: string) => void;
  }) {
    this.docker = options.docker;
    this.place = options.place;
    this.facts = options.facts;
    this.url = options.url;
    this.signal = options.signal;
    this.sabotaged = options.sabotaged;
    this.#variables = options.variables;
    this.#say = options.say;
  }

  /** Begins a drill: what is noted from here on is that drill's. */
  begin(now: () => number): void {
    this.#now = now;
    this.#marks = [];
    this.#commands = [];
    this.#probes = [];
    this.#facts = {};
  }

  get noted(): {
    readonly marks: readonly Mark[];
    readonly commands: readonly CommandRun[];
    readonly probes: readonly Probe[];
    readonly facts: Readonly<Record<string, string>>;
  } {
    return { marks: this.#marks, commands: this.#commands, probes: this.#probes, facts: this.#facts };
  }

  mark(name: MarkName, text: string): void {
    this.#marks.push({ at: this.#now(), name, text });
    this.#say(text);
  }

  note(name: string, value: string): void {
    this.#facts[name] = value;
  }

  probe(probe: Probe): void {
    this.#probes.push(probe);
  }

  /** Name of the process that serves. */
  get front(): string {
    return frontOf(this.facts.app).name;
  }

  async wait(seconds: number): Promise<void> {
    await pause(seconds * 1000, undefined, { signal: this.signal });
  }

  /** Starts a `stack` command, without marks. */
  start(...words: readonly string[]): StartedCommand {
    this.signal.throwIfAborted();
    const { projectDirectory, instance } = this.place;
    return startCommand({ projectDirectory, instance, variables: this.#variables, signal: this.signal }, words);
  }

  /** Runs a `stack` command to its end, between its two marks. */
  async stack(...words: readonly string[]): Promise<CommandRun> {
    this.mark('command', `stack ${words.join(' ')}`);
    const started = this.start(...words);
    const run = await started.finished;
    this.signal.throwIfAborted();
    this.mark('ended', `stack ${words[0]} ended with ${run.exitCode ?? 'a signal'}`);
    this.#commands.push(run);
    return run;
  }

  /** Makes a release of what runs, with faults, and gives the image that `up --image` deploys. */
  async release(name: string, faults: Faults = {}): Promise<string> {
    const { instance } = this.place;
    const from = (await this.#serviceOf(this.front))?.container.image;
    if (from === undefined) throw this.#absent(this.front);
    this.#releases += 1;
    const reference = `${instance}/drill:${name}-${this.#releases}`;
    await makeFaultyImage(this.docker, reference, from, { ...this.#ownFaults(), ...faults });
    return reference;
  }

  /** Which process serves, and where it is checked: what every fault needs. */
  #ownFaults(): Faults {
    const { app } = this.facts;
    const { name, http } = frontOf(app);
    const background = backgroundOf(this.facts)?.name;
    return {
      front: programOf(app, name).command.slice(1).join(' '),
      ...(background === undefined ? {} : { background: programOf(app, background).command.slice(1).join(' ') }),
      port: http.port,
      liveness: http.liveness,
      readiness: readinessOf(http),
    };
  }

  /** Program and arguments of the release command, as the faults know it. */
  get releaseCommand(): string {
    return programOf(this.facts.app, releaseCommand).command.slice(1).join(' ');
  }

  /** Deploys a release in which a drill can act from inside, unless one runs. Before the load: it is no part of a drill. */
  async arm(): Promise<void> {
    if (await this.#isArmed()) return;
    await this.deployBefore('armed');
    if (!(await this.#isArmed())) {
      throw new UserError({
        code: 'DRILL_NOT_ARMED',
        message: `The drill cannot act inside the tasks of ${this.front}.`,
        rule: 'It needs /bin/sh and node in the image, and a task definition without an entrypoint of its own.',
        remedy:
          'Run the drills that need neither: rollout, rollback, kill, db-restart, db-away, cache-away, lb-restart, worker-kill.',
      });
    }
  }

  /** Deploys a release before the load, to have something to leave. */
  async deployBefore(name: string, faults: Faults = {}): Promise<void> {
    const run = await this.start('up', this.place.environment, '--image', await this.release(name, faults)).finished;
    this.signal.throwIfAborted();
    if (run.exitCode !== 0) throw notPrepared(run);
  }

  async #isArmed(): Promise<boolean> {
    const answer = await this.act('ping').catch(() => undefined);
    return answer === 'armed';
  }

  /** Has one of the tasks do something to itself. @returns what it answered */
  async act(act: string): Promise<string> {
    const { http } = frontOf(this.facts.app);
    const limit = AbortSignal.any([this.signal, AbortSignal.timeout(20_000)]);
    try {
      const response = await fetch(`${this.url}${http.liveness}`, { headers: { 'x-drill': act }, signal: limit });
      return actSchema.safeParse(await response.json()).data?.said ?? '';
    } catch (cause) {
      this.signal.throwIfAborted();
      throw new UserError({
        code: 'DRILL_NOT_POSSIBLE',
        message: `No task of ${this.front} answered when the drill asked for \`${act}\`.`,
        remedy: 'Run the drill again; if it happens again, see what is wrong: npm run stack -- status',
        cause,
      });
    }
  }

  /** Has each task of a service do something to itself, within a second. Of a release that a drill has made. */
  async actIn(service: string, act: string): Promise<void> {
    for (const container of await this.containers(service)) await this.actInContainer(container, act);
  }

  /** Has the task of one container do something to itself. */
  async actInContainer(container: string, act: string): Promise<void> {
    await this.docker.run(['exec', container, '/bin/sh', '-c', `echo '${act}' > /tmp/drill-act`]);
  }

  /** Waits until each of these alarms has fired at some time. @returns whether they have */
  async untilFiring(names: readonly string[], seconds: number): Promise<boolean> {
    const missing = new Set(names);
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline) {
      // One that does not answer for a moment is asked again.
      const states = await readAlarms(this.docker, this.place).catch(() => undefined);
      for (const { name, state } of states ?? []) if (state === 'firing') missing.delete(name);
      if (missing.size === 0) return true;
      await this.wait(0.5);
    }
    return false;
  }

  /** One more client of the environment's servers, which the drill has to close. */
  async openGuest(): Promise<Guest> {
    const image = (await this.#serviceOf(this.front))?.container.image;
    if (image === undefined) throw this.#absent(this.front);
    return openGuest(this.docker, this.place, image, await this.#logins());
  }

  async #logins(): Promise<Logins> {
    const { settings } = this.facts;
    const [postgres, valkey] = [await this.server('Postgres'), await this.server('Valkey')];
    const read = async (server: string, script: string) => {
      const [container = ''] = await this.containers(server);
      return (await this.docker.run(['exec', container, '/bin/sh', '-c', script])).trim();
    };
    const { user, database } = serverVariables;
    const [userName = '', databaseName = ''] =
      postgres === undefined ? [] : (await read(postgres, `printf '%s\n%s\n' "$${user}" "$${database}"`)).split('\n');
    return {
      ...(postgres === undefined
        ? {}
        : {
            postgres: {
              host: postgres,
              port: postgresPort,
              user: userName,
              database: databaseName,
              password: await read(postgres, 'cat /run/secrets/password'),
            },
          }),
      ...(valkey === undefined || settings.valkey === undefined
        ? {}
        : {
            valkey: {
              host: valkey,
              port: valkeyPort,
              password: await read(valkey, "sed 's/^requirepass //' /run/secrets/password.conf"),
            },
          }),
    };
  }

  /** Has a server's container use so much of its memory that this share of its limit is in use, until it is given back. */
  async holdMemory(server: string, share: number): Promise<Held> {
    const [container = ''] = await this.containers(server);
    return holdMemory(this.docker, container, share);
  }

  /** Lets a server's container use so many cores. @returns how to let it use all again */
  async limitCpu(server: string, cpus: number): Promise<() => Promise<void>> {
    const [container = ''] = await this.containers(server);
    const set = async (to: number) => void (await this.docker.run(['update', '--cpus', String(to), container]));
    await set(cpus);
    return async () => await set(infoSchema.parse(await this.docker.api.get('/info')).NCPU);
  }

  /** Ids of the containers of a service that run. */
  async containers(service: string): Promise<readonly string[]> {
    const found = await this.#serviceOf(service);
    if (found === undefined) throw this.#absent(service);
    const { tasksOf } = await readSwarm(this.docker, this.place.instance, this.place.environment);
    return tasksOf(found)
      .filter(staysRunning)
      .flatMap(({ containerId }) => (containerId === undefined ? [] : [containerId]));
  }

  /** Swarm service by the stack's own name of it. */
  async swarmName(service: string): Promise<string> {
    const found = await this.#serviceOf(service);
    if (found === undefined) throw this.#absent(service);
    return found.name;
  }

  /** Name of a server of the environment by what its data is: `Postgres`, `Valkey`. */
  async server(data: 'Postgres' | 'Valkey'): Promise<string | undefined> {
    const { services } = await readSwarm(this.docker, this.place.instance, this.place.environment);
    const found = services.find((service) => {
      const label = service.labels[labelNames.data] ?? '';
      return data === 'Postgres' ? label.startsWith('Postgres') : label !== '' && !label.startsWith('Postgres');
    });
    return found?.labels[labelNames.service];
  }

  /** Sets how many tasks of a service run, behind the stack's back. */
  async scale(service: string, count: number): Promise<void> {
    await this.docker.run(['service', 'scale', '--detach', `${await this.swarmName(service)}=${count}`]);
  }

  /** Waits until all tasks of the release are ready. @returns whether they are */
  async untilReady(seconds: number): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline) {
      const services = await sample(this.docker, this.place);
      if (services.length > 0 && services.every(({ ready, desired }) => ready >= desired)) return true;
      await this.wait(0.5);
    }
    return false;
  }

  /** Waits until a service has so many running containers. */
  async untilRunning(service: string, count: number, seconds: number): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline) {
      if ((await this.containers(service)).length === count) return;
      await this.wait(0.25);
    }
  }

  /** Waits until no task of a service is still ending. */
  async untilDrained(service: string, seconds: number): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline) {
      const found = await this.#serviceOf(service);
      const { tasksOf } = await readSwarm(this.docker, this.place.instance, this.place.environment);
      const tasks = found === undefined ? [] : tasksOf(found);
      if (tasks.every(({ desiredState, state }) => desiredState === 'running' || state !== 'running')) return;
      await this.wait(0.25);
    }
  }

  /** Waits until a container does not run any more. */
  async untilStopped(container: string, seconds: number): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline) {
      const found = await this.docker.api.get(`/containers/${container}/json`);
      if (found === undefined || !stateSchema.parse(found).State.Running) return;
      await this.wait(0.25);
    }
  }

  async #serviceOf(service: string): Promise<SwarmServiceState | undefined> {
    const { services } = await readSwarm(this.docker, this.place.instance, this.place.environment);
    return services.find(({ labels }) => labels[labelNames.service] === service);
  }

  #absent(service: string): UserError {
    return new UserError({
      code: 'DRILL_NOT_POSSIBLE',
      message: `${this.place.environment} has no service ${service}.`,
      remedy: 'See what runs: npm run stack -- status',
    });
  }
}

export function notPrepared({ words, json, talk }: CommandRun & { readonly talk: string }): UserError {
  const error = Object(json['error']);
  const message: unknown = Reflect.get(error, 'message');
  const details: unknown = Reflect.get(error, 'details');
  return new UserError({
    code: 'DRILL_NOT_PREPARED',
    message: `The environment could not be prepared for a drill: \`stack ${words.join(' ')}\` failed: ${typeof message === 'string' ? message : 'it gave no reason.'}`,
    remedy: 'Fix what it says and run the drill again.',
    details: typeof details === 'string' ? details : talk.split('\n').slice(-20).join('\n'),
  });
}
