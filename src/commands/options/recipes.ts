import type { ImageTransform } from '../../data/imageTransform.js';
import { recipes as fashionRecipes } from '../../fashionMnist/recipes.js';

/** Settings by name, for `--recipe`. What they leave open has the options' defaults. */
export const recipes = {
  ...fashionRecipes,
  /** For data of any kind, a few hundred pictures or many thousands. */
  general: {
    batchSize: 16,
    optimizer: 'adamw',
    lr: 1e-3,
    weightDecay: 0.05,
    decay: 'weights',
    schedule: 'onecycle',
    warmup: 0.25,
    labelSmoothing: 0.1,
    maxGradientNorm: 5,
    colorJitter: 0.3,
  },
} as const;

/** What the general recipe takes from the data: few pictures want to be seen often, and photographs may be mirrored, letters and
 * digits, which is what is light on dark, not. */
export const settingsByData = (images: number, { type }: ImageTransform) => ({
  epochs: Math.min(45, Math.max(10, Math.round(100_000 / images))),
  horizontalFlip: type === 'lightOnDark' ? 0 : 0.5,
});

export type SettingByData = keyof ReturnType<typeof settingsByData>;

export type RecipeName = keyof typeof recipes;

export const recipeNames = Object.keys(recipes) as RecipeName[];

/** Where a recipe's numbers come from, for those who run it. */
export const origins: Readonly<Record<RecipeName, string>> = {
  original: 'that of the PyTorch project that the default network comes from',
  best: 'chosen among eight by 10,000 held-out Fashion-MNIST training images',
  general: 'common values for data of any kind; tune finds better ones for yours',
};

export const recipeHelp = `
Recipes, which are settings that nobody else gives:
${recipeNames.map((name) => `  ${name}\n${origins[name].replace(/(.{1,74})(?: |$)/g, '    $1\n')}`).join('')}`;
