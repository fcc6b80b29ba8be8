/** Settings by name, for `--recipe`. What they leave open has the options' defaults. */
export const recipes = {
  /** The project that this network comes from. */
  original: {},
  /** Chosen on 10,000 training images that were held out; see the README. */
  best: {
    lr: 0.05,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 2e-3,
    decay: 'weights',
    schedule: 'onecycle',
    warmup: 0.25,
    labelSmoothing: 0.05,
    maxGradientNorm: 5,
    horizontalFlip: 0.5,
    testTimeFlip: true,
  },
} as const;
