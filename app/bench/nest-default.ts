import 'reflect-metadata';
import {
  type CanActivate,
  ConsoleLogger,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  Query,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { createVerifier } from 'fast-jwt';
import { Column, DataSource, Entity, PrimaryColumn, type Repository } from 'typeorm';

/**
 * The list of todos as Nest's documentation has one write it: default adapter, entities through a repository, a guard,
 * a JSON line for each request. The bundled app is measured beside it.
 */
const { env } = process;

@Entity('todos')
class Todo {
  @PrimaryColumn('uuid')
  id!: string;
  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;
  @Column('text')
  title!: string;
  @Column('text')
  description!: string;
  @Column('boolean')
  completed!: boolean;
  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

interface AuthenticatedRequest {
  readonly path: string;
  readonly headers: { readonly authorization?: string };
  userId?: string;
}

const verify = createVerifier({ key: env['AUTH_SECRETS'] ?? '' });

@Injectable()
class AccessTokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.path === '/ready') return true;
    const [scheme, token = ''] = request.headers.authorization?.split(' ') ?? [];
    if (scheme !== 'Bearer') throw new UnauthorizedException();
    const { sub }: { sub: string } = verify(token);
    request.userId = sub;
    return true;
  }
}

@Controller()
class TodosController {
  readonly #todos: Repository<Todo>;

  constructor(database: DataSource) {
    this.#todos = database.getRepository(Todo);
  }

  @Get('todos')
  async list(@Query('limit') limit: string): Promise<{ items: readonly Todo[] }> {
    return { items: await this.#todos.find({ order: { createdAt: 'DESC', id: 'DESC' }, take: Number(limit) }) };
  }

  @Get('ready')
  async ready(): Promise<{ status: string }> {
    await this.#todos.query('SELECT 1');
    return { status: 'ready' };
  }
}

const database = {
  provide: DataSource,
  useFactory: () =>
    new DataSource({
      type: 'postgres',
      host: env['DATABASE_HOST'] ?? '',
      port: Number(env['DATABASE_PORT']),
      database: env['DATABASE_NAME'] ?? '',
      username: env['DATABASE_USER'] ?? '',
      password: env['DATABASE_PASSWORD'] ?? '',
      entities: [Todo],
      poolSize: Number(env['DATABASE_POOL_SIZE']),
    }).initialize(),
};

@Module({
  controllers: [TodosController],
  providers: [database, { provide: APP_GUARD, useClass: AccessTokenGuard }],
})
class AppModule {}

const logger = new ConsoleLogger({ json: true });
const app = await NestFactory.create(AppModule, { logger });
app.use((request: { method: string; originalUrl: string }, response: NodeJS.EventEmitter, next: () => void) => {
  response.on('finish', () => logger.log(`${request.method} ${request.originalUrl}`));
  next();
});
await app.listen(Number(env['PORT']), '127.0.0.1');
