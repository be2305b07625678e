/**
 * `expand` adds what old code can ignore. `contract` removes what old code may still use. `unknown`: nobody said which, and
 * so it is never called safe.
 */
type MigrationKind = 'expand' | 'contract' | 'unknown';

export interface Migration {
  /**
   * File name without its extensions. Migrations run in the order of their names: `20261121T0900-create-todos`. Where
   * nobody can tell which migrations a release contains, one of kind `unknown` stands for all of them.
   */
  readonly name: string;
  readonly kind: MigrationKind;
}

/** What is deployed. Immutable: built once, the same image runs in every environment. */
export interface Release {
  /** `<app version>-<12 hex digits of the app's content>`: equal content has an equal version. */
  readonly version: string;
  /** Image reference: `repository@sha256:…` on AWS, `repository:version` on target local. */
  readonly image: string;
  /** `sha256:…`: the manifest digest on AWS, the image id on target local. Releases are the same if their digests are. */
  readonly digest: string;
  /** The commit that last changed the app's content. Ends in `-dirty` if the work tree differed from it. */
  readonly commit: string;
  /** All migrations in the image, in the order in which they run. */
  readonly migrations: readonly Migration[];
}
