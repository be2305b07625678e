import { Setting } from './schema.ts';

/** Settings by the names under which the program uses them: `{ database: { multiAz: flag('databaseMultiAz', …) } }`. */
export interface SettingTree {
  readonly [name: string]: Setting | Feature | SettingTree;
}

/** Settings whose combined form is not simply one value each: see {@link feature}. */
export class Feature<Tree extends SettingTree = SettingTree, Value = unknown> {
  readonly tree: Tree;
  readonly shape: (given: never) => Value;

  constructor(tree: Tree, shape: (given: Assembled<Tree>) => Value) {
    this.tree = tree;
    this.shape = shape;
  }
}

/**
 * Settings that the program sees as what `shape` makes of them. A feature that is switched off is `undefined`, and then
 * absent from {@link Assembled}, so that the program cannot use half of it.
 */
export function feature<Tree extends SettingTree, Value>(tree: Tree, shape: (given: Assembled<Tree>) => Value) {
  return new Feature<Tree, Value>(tree, shape);
}

/** A feature that is on when all of its optional settings are set, and off otherwise. */
export function whenSet<Tree extends SettingTree>(tree: Tree) {
  return feature(tree, (given) =>
    Object.keys(tree).every((name) => name in given) ? (given as Required<Assembled<Tree>>) : undefined,
  );
}

/** Settings that belong together, in the order in which docs/settings.md explains them. */
export interface SettingGroup<Tree extends SettingTree = SettingTree> {
  readonly title: string;
  readonly tree: Tree;
}

export function settingGroup<Tree extends SettingTree>(title: string, tree: Tree): SettingGroup<Tree> {
  return { title, tree };
}

/** What the program sees of a tree: parsed values; what is not set or switched off is absent. */
export type Assembled<Node> =
  Node extends Setting<string, infer Value>
    ? Value
    : Node extends Feature<SettingTree, infer Value>
      ? Readonly<Value>
      : WithoutUndefined<{ readonly [Name in keyof Node]: Assembled<Node[Name]> }>;

type WithoutUndefined<T> = Flat<
  { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
    [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
  }
>;

type Flat<T> = { [Name in keyof T]: T[Name] };

/** The settings anywhere in a tree. */
export type SettingsOf<Node> = Node extends Setting
  ? Node
  : Node extends Feature<infer Tree>
    ? SettingsOf<Tree>
    : { [Name in keyof Node]: SettingsOf<Node[Name]> }[keyof Node];

/** Parsed values by key. */
export type ValuesOf<Node> = {
  readonly [S in Extract<SettingsOf<Node>, Setting> as S['key']]: S extends Setting<string, infer Value>
    ? Value
    : never;
};

export function settingsOf(node: Setting | Feature | SettingTree): readonly Setting[] {
  if (node instanceof Setting) return [node];
  return Object.values(node instanceof Feature ? node.tree : node).flatMap(settingsOf);
}

/** Puts parsed values into the form in which the program uses them. */
export function assemble<Tree extends SettingTree>(
  tree: Tree,
  values: Readonly<Record<string, unknown>>,
): Assembled<Tree> {
  const entries = Object.entries(tree).map(([name, node]) => [name, nodeValue(node, values)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Assembled<Tree>;
}

function nodeValue(node: Setting | Feature | SettingTree, values: Readonly<Record<string, unknown>>): unknown {
  if (node instanceof Setting) return values[node.key];
  return node instanceof Feature ? node.shape(assemble(node.tree, values) as never) : assemble(node, values);
}
