import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A login. Its refresh tokens follow one another; the hashes of the newest and the one before it are kept. */
@Entity({ name: 'sessions' })
export class SessionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ type: 'uuid', name: 'user_id' })
  userId!: string;

  @Column({ type: 'bytea', name: 'token_hash' })
  tokenHash!: Buffer;

  /** Of the token that the newest took the place of. */
  @Column({ type: 'bytea', name: 'previous_token_hash', nullable: true })
  previousTokenHash!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'rotated_at', precision: 3, nullable: true })
  rotatedAt!: Date | null;

  /** A hash of the client that brought the previous token. */
  @Column({ type: 'bytea', name: 'rotated_by', nullable: true })
  rotatedBy!: Buffer | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}
