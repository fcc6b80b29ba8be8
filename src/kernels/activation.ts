// Compiled by both TypeScript and AssemblyScript: which activation function a kernel applies.
export const LEAKY_RELU = 0;
export const RELU6 = 1;
export const HARDSIGMOID = 2;
export const HARDSWISH = 3;
export const SIGMOID = 4;
export const TANH = 5;
export const SILU = 6;
export const GELU = 7;
export const GELU_TANH = 8;
