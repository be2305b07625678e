import { SessionEntity } from './auth/session.entity.ts';
import { TodoEntity } from './todos/todo.entity.ts';
import { UserEntity } from './users/user.entity.ts';

/** Every table that is read and written through TypeORM's entities. The database itself knows none of them. */
export const entities = [TodoEntity, UserEntity, SessionEntity] as const;
