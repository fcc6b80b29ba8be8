const { fround } = Math;

// Winograd's convolution of a tile: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. The maps below are its matrices for one dimension, at
// the points 0, 1, −1, ½, −2 and ∞: F(4,3) makes four outputs by all six products, F(2,3) makes two by those at 0, 1, −1
// and ∞, with the same G. Each map works in place on s[i], s[i + step], …: a point p is s[i + p·step].

/** Bᵀ of F(4,3): six inputs to six points. */
export function inputLong(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  const d2 = s[i + 2 * step];
  const d3 = s[i + 3 * step];
  const d4 = s[i + 4 * step];
  const d5 = s[i + 5 * step];
  const even = fround(d4 - d2);
  const odd = fround(d3 - d1);
  s[i] = fround(fround(even - d2) + d0) + fround(1.5 * odd);
  s[i + step] = fround(even + odd) + fround(1.5 * fround(d2 + d3));
  s[i + 2 * step] = fround(even - odd) + fround(1.5 * fround(d3 - d2));
  s[i + 3 * step] = even + fround(2 * odd);
  s[i + 4 * step] = even - fround(0.5 * odd);
  s[i + 5 * step] = fround(fround(d5 - d3) - odd) + fround(1.5 * even);
}

/** Bᵀ of F(2,3): four inputs to four points. */
export function inputShort(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  const d2 = s[i + 2 * step];
  const d3 = s[i + 3 * step];
  s[i] = d0 - d2;
  s[i + step] = 1.5 * fround(d1 + d2);
  s[i + 2 * step] = 1.5 * fround(d1 - d2);
  s[i + 5 * step] = d3 - d1;
}

/** Aᵀ of F(4,3): six points to four outputs. */
export function outputLong(s: Float32Array, i: number, step: number): void {
  const m0 = s[i];
  const m1 = s[i + step];
  const m2 = s[i + 2 * step];
  const m3 = s[i + 3 * step];
  const m4 = s[i + 4 * step];
  const m5 = s[i + 5 * step];
  const sum = fround(m1 + m2);
  const difference = fround(m1 - m2);
  s[i] = fround(m0 + sum) + fround(m3 + m4);
  s[i + step] = difference + fround(fround(0.5 * m3) - fround(2 * m4));
  s[i + 2 * step] = sum + fround(fround(0.25 * m3) + fround(4 * m4));
  s[i + 3 * step] = fround(difference + m5) + fround(fround(0.125 * m3) - fround(8 * m4));
}

/** Aᵀ of F(2,3): four points to two outputs. */
export function outputShort(s: Float32Array, i: number, step: number): void {
  const m0 = s[i];
  const m1 = s[i + step];
  const m2 = s[i + 2 * step];
  const m5 = s[i + 5 * step];
  s[i] = m0 + fround(m1 + m2);
  s[i + step] = fround(m1 - m2) + m5;
}

/** A of F(4,3): the gradients of four outputs to those of six points. */
export function outputGradientLong(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  const d2 = s[i + 2 * step];
  const d3 = s[i + 3 * step];
  const even = fround(d0 + d2);
  const odd = fround(d1 + d3);
  s[i + step] = even + odd;
  s[i + 2 * step] = even - odd;
  s[i + 3 * step] = fround(d0 + fround(0.25 * d2)) + fround(fround(0.5 * d1) + fround(0.125 * d3));
  s[i + 4 * step] = fround(d0 + fround(4 * d2)) - fround(fround(2 * d1) + fround(8 * d3));
  s[i + 5 * step] = d3;
}

/** A of F(2,3): the gradients of two outputs to those of four points. */
export function outputGradientShort(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  s[i + step] = d0 + d1;
  s[i + 2 * step] = d0 - d1;
  s[i + 5 * step] = d1;
}

/** B of F(4,3): the gradients of six points to those of six inputs. */
export function inputGradientLong(s: Float32Array, i: number, step: number): void {
  const v0 = s[i];
  const v1 = s[i + step];
  const v2 = s[i + 2 * step];
  const v3 = s[i + 3 * step];
  const v4 = s[i + 4 * step];
  const v5 = s[i + 5 * step];
  const sum = fround(v1 + v2);
  const difference = fround(v1 - v2);
  const even = fround(fround(fround(v0 + sum) + fround(v3 + v4)) + fround(1.5 * v5));
  const odd = fround(fround(fround(fround(1.5 * v0) - v5) + difference) + fround(fround(2 * v3) - fround(0.5 * v4)));
  s[i + step] = -odd;
  s[i + 2 * step] = fround(1.5 * difference) - fround(even + v0);
  s[i + 3 * step] = fround(1.5 * sum) + fround(odd - v5);
  s[i + 4 * step] = even;
}

/** B of F(2,3): the gradients of four points to those of four inputs. */
export function inputGradientShort(s: Float32Array, i: number, step: number): void {
  const v0 = s[i];
  const v1 = s[i + step];
  const v2 = s[i + 2 * step];
  const v5 = s[i + 5 * step];
  s[i + step] = fround(1.5 * fround(v1 + v2)) - v5;
  s[i + 2 * step] = fround(1.5 * fround(v1 - v2)) - v0;
  s[i + 3 * step] = v5;
}

const third = fround(1 / 3);
const fifteenth = fround(1 / 15);

/** G: three weights to six points. */
export function weights(s: Float32Array, i: number, step: number): void {
  const g0 = s[i];
  const g1 = s[i + step];
  const g2 = s[i + 2 * step];
  const outer = fround(g0 + g2);
  s[i + step] = third * fround(outer + g1);
  s[i + 2 * step] = third * fround(g1 - outer);
  s[i + 3 * step] = -fifteenth * fround(fround(fround(16 * g0) + fround(8 * g1)) + fround(4 * g2));
  s[i + 4 * step] = fifteenth * fround(fround(g0 - fround(2 * g1)) + fround(4 * g2));
  s[i + 5 * step] = g2;
}

/** Gᵀ: the gradients of six points to those of three weights. */
export function weightGradients(s: Float32Array, i: number, step: number): void {
  const u0 = s[i];
  const u1 = s[i + step];
  const u2 = s[i + 2 * step];
  const u3 = s[i + 3 * step];
  const u4 = s[i + 4 * step];
  const u5 = s[i + 5 * step];
  const difference = fround(third * fround(u1 - u2));
  s[i] = fround(u0 + difference) + fround(fifteenth * fround(u4 - fround(16 * u3)));
  s[i + step] = fround(third * fround(u1 + u2)) - fround(fifteenth * fround(fround(8 * u3) + fround(2 * u4)));
  s[i + 2 * step] = fround(difference + u5) + fround(fifteenth * fround(fround(4 * u4) - fround(4 * u3)));
}
