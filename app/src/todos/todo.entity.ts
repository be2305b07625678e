import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** How a todo is stored. Migrations alone create and change the table. */
@Entity({ name: 'todos' })
export class TodoEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** `null`: the release before, which knew no users, wrote it. Nobody is shown it. */
  @Column({ type: 'uuid', name: 'owner_id', nullable: true })
  ownerId!: string | null;

  @Column('text')
  title!: string;

  @Column('text')
  description!: string;

  @Column('boolean')
  completed!: boolean;

  @Column({ type: 'timestamptz', name: 'due_at', precision: 3, nullable: true })
  dueAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'remind_at', precision: 3, nullable: true })
  remindAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 3, nullable: true })
  completedAt!: Date | null;

  /** One more with each change. */
  @VersionColumn()
  version!: number;

  /** Milliseconds, as in JavaScript: a cursor that lost the microseconds would skip or repeat rows. */
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
