/** Activation functions and their gradients, element by element; y may be x, and dx may be dy. e^x, tanh, erf and
 * Φ(x) = (1 + erf(x·√½)) / 2 are those of reference/functions.ts, with their errors. The output of NaN is NaN. */
export interface ActivationKernels {
  /** y = x where x > 0, else x·slope. */
  leakyRelu(x: Float32Array, slope: number, y: Float32Array): void;

  /** dx = dy where x > 0, else dy·slope. Where the slope is not negative, y does for x. */
  leakyReluBackward(x: Float32Array, slope: number, dy: Float32Array, dx: Float32Array): void;

  /** y = min(max(x, 0), 6). */
  relu6(x: Float32Array, y: Float32Array): void;

  /** dx = 0 where y ≤ 0 or y ≥ 6, else dy. */
  relu6Backward(y: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = min(max(x + 3, 0), 6) / 6. */
  hardsigmoid(x: Float32Array, y: Float32Array): void;

  /** dx = dy·(1/6) where −3 < x < 3, else 0. */
  hardsigmoidBackward(x: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = x·min(max(x + 3, 0), 6) / 6, from left to right. */
  hardswish(x: Float32Array, y: Float32Array): void;

  /** dx = 0 where x < −3, dy where x ≥ 3, else dy·(x/3 + 1/2). */
  hardswishBackward(x: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = 1 / (1 + e⁻ˣ). */
  sigmoid(x: Float32Array, y: Float32Array): void;

  /** dx = dy·((1 − y)·y). */
  sigmoidBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = tanh x. */
  tanh(x: Float32Array, y: Float32Array): void;

  /** dx = dy·(1 − y·y). */
  tanhBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = x / (1 + e⁻ˣ). */
  silu(x: Float32Array, y: Float32Array): void;

  /** dx = dy·(s·(1 + x·(1 − s))), s = 1 / (1 + e⁻ˣ). */
  siluBackward(x: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = x·Φ(x). */
  gelu(x: Float32Array, y: Float32Array): void;

  /** dx = dy·(Φ(x) + x·(e^(−x²/2)·(1/√(2π)))). */
  geluBackward(x: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = x / (1 + e⁻ᵛ), v = x·(G1 + G3·x²): x·(1 + tanh(v/2)) / 2. */
  geluTanh(x: Float32Array, y: Float32Array): void;

  /** dx = dy·(s + x·((s·(1 − s))·v')), s = 1 / (1 + e⁻ᵛ): far below 0, s is 0 before v' can overflow. */
  geluTanhBackward(x: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y = e^(x − m) / Σ in each row, m its largest number and Σ the sum of its powers in float64: four sums, of every fourth
   * channel, then (first + second) + (third + fourth), rounded to float32. */
  softmax(x: Float32Array, rows: number, channels: number, y: Float32Array): void;

  /** dx = y·(dy − s), s the row's sum of the products dy·y, rounded and added up as softmax's. */
  softmaxBackward(y: Float32Array, dy: Float32Array, rows: number, channels: number, dx: Float32Array): void;
}
