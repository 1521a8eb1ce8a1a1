import { busybox } from './busybox/recipe.ts';
import { debian } from './debian/recipe.ts';
import { helloWorld } from './hello-world/recipe.ts';
import { python } from './python/recipe.ts';
import type { Recipe } from './support/recipe.ts';

/** All recipes of the library, by the name of their repository. */
export const recipes: ReadonlyMap<string, Recipe> = new Map(
  [helloWorld, busybox, debian, python].map((recipe) => [recipe.name, recipe]),
);
