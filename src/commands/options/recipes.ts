import { recipes as fashionRecipes } from '../../fashionMnist/recipes.js';

/** Settings by name, for `--recipe`. What they leave open has the options' defaults. */
export const recipes = {
  ...fashionRecipes,
  /** For data of any kind, a few hundred pictures or many thousands. */
  general: {
    batchSize: 32,
    optimizer: 'adamw',
    lr: 1e-3,
    weightDecay: 0.05,
    decay: 'weights',
    schedule: 'onecycle',
    warmup: 0.25,
    labelSmoothing: 0.1,
    maxGradientNorm: 5,
    horizontalFlip: 0.5,
  },
} as const;

/** Passes over the training set with the general recipe: few pictures want to be seen often. */
export const generalEpochs = (images: number) => Math.min(150, Math.max(10, Math.round(25_000 / images)));

export type RecipeName = keyof typeof recipes;

export const recipeNames = Object.keys(recipes) as RecipeName[];

/** Where a recipe's numbers come from, for those who run it. */
export const origins: Readonly<Record<RecipeName, string>> = {
  original: 'the settings of the PyTorch project that the default network comes from',
  best: 'chosen among eight by 10,000 Fashion-MNIST training images that were held out, for its network in 5 epochs',
  general: 'common values that train most networks on most data; `heddle tune` finds better ones for yours',
};

export const recipeHelp = `
Recipes, which are settings that nobody else gives:
${recipeNames.map((name) => `  ${name}\n${origins[name].replace(/(.{1,74})(?: |$)/g, '    $1\n')}`).join('')}`;
