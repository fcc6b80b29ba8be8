// Compiled by both TypeScript and AssemblyScript, so that the reference's functions and the vectors' have one set of numbers.
// `number` is float64 in either; all of these are float32 numbers, by the nine digits that tell one from the next.

/** Added to a number and taken away again, it rounds to the nearest whole one, which is the sum's last bits meanwhile. */
export const ROUNDING: number = 12582912.0; // 1.5·2²³

/** ln 2 in two parts: products of the first, of 16 bits, with whole numbers below 256 are exact. */
export const LN2_HIGH: number = 0.693145752;
export const LN2_LOW: number = 1.4286068e-6;

/** e^r − 1 = r + r²·(1/2 + E3·r + E4·r² + E5·r³ + E6·r⁴) for |r| ≤ ln 2 / 2, within 1.5e-8 of itself. */
export const E3: number = 0.1666655;
export const E4: number = 0.041666854;
export const E5: number = 0.008366041;
export const E6: number = 0.0013898225;

/** Below the first e^x is 0, and above the second infinite. */
export const EXP_LEAST: number = -104.0;
export const EXP_MOST: number = 89.0;

/** From these on tanh x and erf x are 1. */
export const TANH_MOST: number = 20.0;
export const ERF_MOST: number = 4.0;

/** 1 − erf x = e^(−x·(Q0 + Q1·x + … + Q8·x⁸)) for 0 ≤ x ≤ 4: erf within 1e-8, and within 5.1e-8 of itself. */
export const Q0: number = 1.1283792;
export const Q1: number = 0.6366183;
export const Q2: number = 0.10278607;
export const Q3: number = -0.019180147;
export const Q4: number = -0.00011463143;
export const Q5: number = 0.0016244479;
export const Q6: number = -0.00061090617;
export const Q7: number = 0.00011180789;
export const Q8: number = -8.633673e-6;

/** 1 / √(2π). */
export const DENSITY: number = 0.3989423;

/** GELU by tanh is x / (1 + e^−v) with v = x·(G1 + G3·x²): 2·√(2/π), and that times 0.044715. */
export const G1: number = 1.5957692;
export const G3: number = 0.071354814;
/** v' = G1 + G3_SLOPE·x². */
export const G3_SLOPE: number = 0.21406445;
