import { readProjectFile, readStackFile } from '../../infra/graph/stack-files.ts';
import { usageCode } from '../messages/exit-code.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { listEnvironments } from './environments.ts';

/** An environment, and where its releases come from. */
export interface Link {
  readonly environment: string;
  /** Absent: its releases are built. */
  readonly promoteFrom?: string;
  /** It is one of those that `prune` removes: of a pull request, say. */
  readonly expires?: string;
}

/** The environments of a project in the order in which a release passes through them. */
export class PromotionChain {
  readonly #links: readonly Link[];

  /** @throws UserError `CHAIN_UNKNOWN` or `CHAIN_CIRCULAR` */
  constructor(links: readonly Link[]) {
    this.#links = links;
    for (const link of links) this.#assertEnds(link);
  }

  /** A release's way first, each environment before those that promote from it; then what stands alone, then what expires. */
  get environments(): readonly string[] {
    const ways = this.#builds().filter(({ environment }) => this.successors(environment).length > 0);
    const alone = this.#builds().filter((link) => !ways.includes(link));
    const from = ({ environment }: Link): readonly string[] => [
      environment,
      ...this.#links.filter(({ promoteFrom }) => promoteFrom === environment).flatMap(from),
    ];
    const lasting = [...ways, ...alone].flatMap(from);
    return [...lasting, ...this.#links.map(({ environment }) => environment).filter((name) => !lasting.includes(name))];
  }

  /** Environments that promote from this one. */
  successors(environment: string): readonly string[] {
    return this.#links.filter(({ promoteFrom }) => promoteFrom === environment).map((link) => link.environment);
  }

  predecessor(environment: string): string | undefined {
    return this.#links.find((link) => link.environment === environment)?.promoteFrom;
  }

  /** When an environment expires; `undefined`: it lasts. */
  expiry(environment: string): string | undefined {
    return this.#links.find((link) => link.environment === environment)?.expires;
  }

  /**
   * Where a command works when none is named: the environment with which the one way begins.
   *
   * @throws UserError `USAGE` when that could be several
   */
  first(): string {
    const builds = this.#builds();
    const ways = builds.filter(({ environment }) => this.successors(environment).length > 0);
    const [only, another] = ways.length > 0 ? ways : builds;
    if (only !== undefined && another === undefined) return only.environment;
    throw notNamed('This command needs an environment', this.environments);
  }

  /**
   * Where `promote` promotes to when nothing is named: the only environment that promotes from another one.
   *
   * @throws UserError `USAGE` when there is none, or several
   */
  destination(): string {
    const [only, another] = this.#links.filter(({ promoteFrom }) => promoteFrom !== undefined);
    if (only !== undefined && another === undefined) return only.environment;
    throw notNamed(
      'promote needs the environment to promote to',
      this.environments.filter((name) => this.predecessor(name) !== undefined),
    );
  }

  /**
   * The environment whose verified release another one takes.
   *
   * @throws Refusal `NO_PREDECESSOR` when its stack file names none
   */
  requirePredecessor(environment: string): string {
    const found = this.predecessor(environment);
    if (found !== undefined) return found;
    throw new Refusal({
      code: 'NO_PREDECESSOR',
      message: `${environment} promotes from no other environment.`,
      rule: 'An environment takes releases from the one that promoteFrom names in its stack file.',
      remedy: `Set promoteFrom in Pulumi.${environment}.yaml, or name the source for this promotion: --from <environment>.`,
    });
  }

  #builds(): readonly Link[] {
    return this.#links.filter(({ promoteFrom, expires }) => promoteFrom === undefined && expires === undefined);
  }

  #assertEnds({ environment, promoteFrom }: Link): void {
    const passed = [environment];
    for (let from = promoteFrom; from !== undefined; from = this.predecessor(from)) {
      if (passed.includes(from)) throw circular([...passed, from]);
      if (!this.#links.some((link) => link.environment === from)) throw unknown(passed.at(-1) ?? '', from);
      passed.push(from);
    }
  }
}

/**
 * The chain as the stack files say it. Each says only where its own releases come from, so that a new environment takes one
 * new file.
 *
 * @throws UserError or StackFileError
 */
export async function readPromotionChain(projectDirectory: string): Promise<PromotionChain> {
  const { name: project } = readProjectFile(projectDirectory);
  const environments = await listEnvironments(projectDirectory);
  return new PromotionChain(
    environments.map((environment) => {
      const values = readStackFile(projectDirectory, environment);
      const promoteFrom = nonEmpty(values[`${project}:promoteFrom`]);
      const expires = nonEmpty(values[`${project}:expires`]);
      return {
        environment,
        ...(promoteFrom === undefined ? {} : { promoteFrom }),
        ...(expires === undefined ? {} : { expires }),
      };
    }),
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function notNamed(what: string, among: readonly string[]): UserError {
  return new UserError({
    code: usageCode,
    message: `${what}${among.length === 0 ? ', and no stack file has promoteFrom.' : `: ${among.join(', ')}.`}`,
    rule: 'It may be omitted only where the stack files leave no choice.',
    remedy: among.length === 0 ? 'Add a file Pulumi.<environment>.yaml with promoteFrom.' : 'Name it as the argument.',
  });
}

function unknown(environment: string, from: string): UserError {
  return new Refusal({
    code: 'CHAIN_UNKNOWN',
    message: `${environment} promotes from ${from}, which does not exist.`,
    rule: 'An environment is what has a file Pulumi.<environment>.yaml.',
    remedy: `Correct promoteFrom in Pulumi.${environment}.yaml.`,
  });
}

function circular(passed: readonly string[]): UserError {
  return new Refusal({
    code: 'CHAIN_CIRCULAR',
    message: `No release can reach these environments: ${passed.join(' promotes from ')}.`,
    rule: 'Every chain of promotion begins with an environment that builds its releases.',
    remedy: `Remove promoteFrom from the stack file of one of them.`,
  });
}
