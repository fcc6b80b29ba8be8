import { BELOW_ONE } from '../../validate.js';
import { integer, number, words } from './parsers.js';
import type { SettingTable } from './setting.js';

/** How the weights are changed by their gradients. */
export const optimizerSettings = {
  optimizer: {
    flag: '--optimizer <name>',
    help: 'how gradients change the weights',
    choices: ['sgd', 'adam', 'adamw'],
    default: 'sgd',
    part: 'optimizer',
  },
  lr: {
    flag: '--lr <rate>',
    help: 'learning rate; with a schedule, the highest; of adam and adamw 0.001 (default: 0.15)',
    parse: number(0),
    part: 'optimizer',
  },
  momentum: {
    flag: '--momentum <m>',
    help: "SGD's momentum",
    parse: number(0),
    default: 0,
    part: 'optimizer',
    needs: ['optimizer', 'sgd'],
  },
  nesterov: {
    flag: '--nesterov',
    help: "Nesterov's momentum",
    default: false,
    off: 'without it, where a recipe or a file has it',
    part: 'optimizer',
    needs: ['optimizer', 'sgd'],
  },
  weightDecay: {
    flag: '--weight-decay <d>',
    help: 'L2 penalty; with adamw, decoupled',
    parse: number(0),
    default: 0,
    part: 'optimizer',
  },
  decay: {
    flag: '--decay <what>',
    help: 'what decays: all, or weights but no biases and BatchNorm',
    choices: ['all', 'weights'],
    default: 'all',
    part: 'optimizer',
  },
  biasLr: {
    flag: '--bias-lr <factor>',
    help: 'by which the learning rate of biases and of BatchNorm is multiplied',
    parse: number(0),
    default: 1,
    part: 'optimizer',
  },
  lookahead: {
    flag: '--lookahead <steps>',
    help: 'steps after which the weights go back a part of their way, such as 5; 0 is never',
    parse: integer(0),
    default: 0,
    part: 'optimizer',
  },
  lookaheadAlpha: {
    flag: '--lookahead-alpha <share>',
    help: 'of that way that stays',
    parse: number(0, 1),
    default: 0.5,
    part: 'optimizer',
    needs: ['lookahead'],
  },
  muon: {
    flag: '--muon <rate>',
    help: "Muon's learning rate, for convolutions and hidden Linear layers; all else is --optimizer's (default: 0, no Muon)",
    parse: number(0),
    part: 'optimizer',
  },
  muonMomentum: {
    flag: '--muon-momentum <m>',
    help: "Muon's own (default: 0.95)",
    parse: number(0, BELOW_ONE),
    part: 'optimizer',
    needs: ['muon'],
  },
  muonWeightDecay: {
    flag: '--muon-weight-decay <d>',
    help: "Muon's own, decoupled (default: 0)",
    parse: number(0),
    part: 'optimizer',
    needs: ['muon'],
  },
  muonSteps: {
    flag: '--muon-steps <n>',
    help: 'of Newton–Schulz in each update (default: 5)',
    parse: integer(1, 99),
    part: 'optimizer',
    needs: ['muon'],
  },
  muonWeights: {
    flag: '--muon-weights <pattern>',
    help: 'modules whose weights it has: block1,block2, or block* (default: all but the last layer)',
    parse: words,
    part: 'optimizer',
    needs: ['muon'],
  },
} as const satisfies SettingTable;
