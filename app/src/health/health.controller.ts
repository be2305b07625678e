import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Identity } from '../env/env.ts';
import { IDENTITY } from '../env/tokens.ts';
import { About, Answers } from '../http/decorators/answers.ts';
import { Public } from '../http/decorators/public.ts';
import { Limited } from '../rate-limit/limited.ts';
import { healthView, readinessView, versionView } from './health.dto.ts';
import { Readiness, type ReadinessReport } from './readiness.ts';

@Public()
@About({ name: 'Service', description: 'What load balancers and operators ask.' })
@Controller()
export class HealthController {
  readonly #readiness: Readiness;
  readonly #identity: Identity;

  constructor(readiness: Readiness, @Inject(IDENTITY) identity: Identity) {
    this.#readiness = readiness;
    this.#identity = identity;
  }

  /** Liveness: that this answers is the answer. It touches nothing, so that no blip elsewhere restarts every task. */
  @Get('health')
  @Limited('none')
  @Answers({ summary: 'Liveness', status: 200, body: healthView })
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Limited('none')
  @Answers({ summary: 'Readiness', status: 200, body: readinessView, alsoAs: [503] })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.#readiness.report();
    reply.code(report.status === 'ready' || report.status === 'degraded' ? 200 : 503);
    return report;
  }

  @Get('version')
  @Limited('none')
  @Answers({ summary: 'Running release', status: 200, body: versionView })
  version(): Pick<Identity, 'version' | 'commit' | 'image'> {
    const { version, commit, image } = this.#identity;
    return { version, commit, image };
  }
}
