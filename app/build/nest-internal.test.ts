import 'reflect-metadata';
import { Body, Controller, Module, Post, RequestMethod } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const schema = z.string();

@Controller('things')
class ThingsController {
  @Post(':id')
  create(@Body({ schema }) body: string): string {
    return body;
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

const remedy = `build/openapi.ts reads what Nest's decorators left behind, by names from @nestjs/common/internal, which Nest may
change in any release. Find where the names went (in @nestjs/common/constants and enums/route-paramtypes.enum of the new
release), import them from there in build/openapi.ts, or spell them out; then this test.`;

describe('what is used of @nestjs/common/internal', () => {
  it('is there still, and is what the decorators use', async () => {
    const internal: Record<string, unknown> = await import('@nestjs/common/internal').catch(() => ({}));
    const { METHOD_METADATA, MODULE_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA, RouteParamtypes } = internal;
    const { create } = ThingsController.prototype;
    expect(Reflect.getMetadata(String(PATH_METADATA), ThingsController), remedy).toBe('things');
    expect(Reflect.getMetadata(String(PATH_METADATA), create), remedy).toBe(':id');
    expect(Reflect.getMetadata(String(METHOD_METADATA), create), remedy).toBe(RequestMethod.POST);
    const { CONTROLLERS } = Object(MODULE_METADATA);
    expect(Reflect.getMetadata(String(CONTROLLERS), ThingsModule), remedy).toEqual([ThingsController]);
    const body = `${Object(RouteParamtypes).BODY}:0`;
    expect(Reflect.getMetadata(String(ROUTE_ARGS_METADATA), ThingsController, 'create')?.[body], remedy).toMatchObject({
      index: 0,
      schema,
    });
  });
});
