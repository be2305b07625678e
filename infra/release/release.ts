/** `expand` adds what old code can ignore; `contract` removes what old code may still use. */
type MigrationKind = 'expand' | 'contract';

export interface Migration {
  /** File name without its extension, which orders the migrations: `20261121T0900-create-todos`. */
  readonly name: string;
  readonly kind: MigrationKind;
}

/** What is deployed. Immutable: it is built once and the same image runs in every environment. */
export interface Release {
  /** `<app version>-<12 hex digits of the app's content>`: equal content gives an equal version. */
  readonly version: string;
  /** What a task definition names: `repository@sha256:…` on AWS, `repository:version` on target local. */
  readonly image: string;
  /** `sha256:…`: the manifest's digest on AWS, the image id on target local. It is what "the same release" means. */
  readonly digest: string;
  /** The commit that last changed the app's content; ends in `-dirty` when the work tree differed from it. */
  readonly commit: string;
  /** All migrations that the image contains, in the order in which they are applied. */
  readonly migrations: readonly Migration[];
}
