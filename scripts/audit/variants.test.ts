import { expect, it } from 'vitest';
import { allVariants, fewValues } from './variants.ts';

it('has every value of every setting that has few', () => {
  const configs = allVariants.map(({ config }) => config);
  const all = [...fewValues()].flatMap(([key, values]) => values.map((value) => [key, value] as const));

  expect(all.length).toBeGreaterThan(100);
  expect(all.filter(([key, value]) => !configs.some((config) => config[key] === value))).toEqual([]);
});

it('calls each variant by another name', () => {
  const names = allVariants.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
});
