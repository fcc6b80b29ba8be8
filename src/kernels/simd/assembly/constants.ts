import * as c from '../../coefficients';

// Where constants lie, one float each. V8 makes a constant vector by three instructions, again at each use and in each turn of a
// loop; from memory it takes one. They lie before the arena's arrays: see KERNEL_BYTES in ../../../tensor/arena.ts.

export const HALF = memory.data<f32>([0.5], 4);
export const MINUS_HALF = memory.data<f32>([-0.5], 4);
export const ONE = memory.data<f32>([1], 4);
export const TWO = memory.data<f32>([2], 4);
export const MINUS_TWO = memory.data<f32>([-2], 4);
export const THREE = memory.data<f32>([3], 4);
export const MINUS_THREE = memory.data<f32>([-3], 4);
export const SIX = memory.data<f32>([6], 4);
export const QUARTER = memory.data<f32>([0.25], 4);
export const EIGHTH = memory.data<f32>([0.125], 4);
export const ONE_AND_HALF = memory.data<f32>([1.5], 4);
export const FOUR = memory.data<f32>([4], 4);
export const EIGHT = memory.data<f32>([8], 4);
export const SIXTEEN = memory.data<f32>([16], 4);
export const THIRD = memory.data<f32>([<f32>(1.0 / 3.0)], 4);
export const TWO_AND_HALF = memory.data<f32>([2.5], 4);
export const FOUR_AND_HALF = memory.data<f32>([4.5], 4);
export const NINTH = memory.data<f32>([<f32>(1.0 / 9.0)], 4);
export const FIFTEENTH = memory.data<f32>([<f32>(1.0 / 15.0)], 4);
export const SIXTH = memory.data<f32>([<f32>(1.0 / 6.0)], 4);
export const SQRT_HALF = memory.data<f32>([<f32>Math.SQRT1_2], 4);
export const PER_LN2 = memory.data<f32>([<f32>Math.LOG2E], 4);

/** An exponent's bias in float32: 2^k is k + 127, shifted to its place. */
export const ROUNDING_BIASED = memory.data<f32>([<f32>(c.ROUNDING + 127)], 4);
export const ROUNDING_BIASED_TWICE = memory.data<f32>([<f32>(c.ROUNDING + 254)], 4);
export const LN2_HIGH = memory.data<f32>([<f32>c.LN2_HIGH], 4);
export const LN2_LOW = memory.data<f32>([<f32>c.LN2_LOW], 4);
export const E3 = memory.data<f32>([<f32>c.E3], 4);
export const E4 = memory.data<f32>([<f32>c.E4], 4);
export const E5 = memory.data<f32>([<f32>c.E5], 4);
export const E6 = memory.data<f32>([<f32>c.E6], 4);
export const EXP_LEAST = memory.data<f32>([<f32>c.EXP_LEAST], 4);
export const EXP_MOST = memory.data<f32>([<f32>c.EXP_MOST], 4);

export const TANH_MOST = memory.data<f32>([<f32>c.TANH_MOST], 4);
export const ERF_MOST = memory.data<f32>([<f32>c.ERF_MOST], 4);
export const Q0 = memory.data<f32>([<f32>c.Q0], 4);
export const Q1 = memory.data<f32>([<f32>c.Q1], 4);
export const Q2 = memory.data<f32>([<f32>c.Q2], 4);
export const Q3 = memory.data<f32>([<f32>c.Q3], 4);
export const Q4 = memory.data<f32>([<f32>c.Q4], 4);
export const Q5 = memory.data<f32>([<f32>c.Q5], 4);
export const Q6 = memory.data<f32>([<f32>c.Q6], 4);
export const Q7 = memory.data<f32>([<f32>c.Q7], 4);
export const Q8 = memory.data<f32>([<f32>c.Q8], 4);

export const DENSITY = memory.data<f32>([<f32>c.DENSITY], 4);
export const G1 = memory.data<f32>([<f32>c.G1], 4);
export const G3 = memory.data<f32>([<f32>c.G3], 4);
export const G3_SLOPE = memory.data<f32>([<f32>c.G3_SLOPE], 4);

/** Behind the last of them. */
export const constantsEnd = __heap_base;
