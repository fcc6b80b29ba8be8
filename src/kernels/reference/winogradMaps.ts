const { fround } = Math;

// Winograd's convolution of a tile: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. The maps below are its matrices for one dimension and stride 1, at
// the points 0, 1, −1, ½, −2 and ∞: F(4,3) makes four outputs by all six products, F(2,3) makes two by those at 0, 1, −1
// and ∞, with the same G. Each map works in place on s[i], s[i + step], …: a point p is s[i + p·step].
export type LineMap = (s: Float32Array, i: number, step: number) => void;

/** A map for tiles of four outputs and its like for two, by how many outputs they have. */
export type LineMaps = Readonly<Record<2 | 4, LineMap>>;

const line = (s: Float32Array, i: number, step: number) =>
  [s[i], s[i + step], s[i + 2 * step], s[i + 3 * step], s[i + 4 * step], s[i + 5 * step]] as const;

/** Bᵀ: six or four inputs to their points. */
export const inputMaps: LineMaps = {
  4(s, i, step) {
    const [d0, d1, d2, d3, d4, d5] = line(s, i, step);
    const even = fround(d4 - d2);
    const odd = fround(d3 - d1);
    s[i] = fround(fround(even - d2) + d0) + fround(1.5 * odd);
    s[i + step] = fround(even + odd) + fround(1.5 * fround(d2 + d3));
    s[i + 2 * step] = fround(even - odd) + fround(1.5 * fround(d3 - d2));
    s[i + 3 * step] = even + fround(2 * odd);
    s[i + 4 * step] = even - fround(0.5 * odd);
    s[i + 5 * step] = fround(fround(d5 - d3) - odd) + fround(1.5 * even);
  },
  2(s, i, step) {
    const [d0, d1, d2, d3] = line(s, i, step);
    s[i] = d0 - d2;
    s[i + step] = 1.5 * fround(d1 + d2);
    s[i + 2 * step] = 1.5 * fround(d1 - d2);
    s[i + 5 * step] = d3 - d1;
  },
};

/** Aᵀ: points to four or two outputs. */
export const outputMaps: LineMaps = {
  4(s, i, step) {
    const [m0, m1, m2, m3, m4, m5] = line(s, i, step);
    const sum = fround(m1 + m2);
    const difference = fround(m1 - m2);
    s[i] = fround(m0 + sum) + fround(m3 + m4);
    s[i + step] = difference + fround(fround(0.5 * m3) - fround(2 * m4));
    s[i + 2 * step] = sum + fround(fround(0.25 * m3) + fround(4 * m4));
    s[i + 3 * step] = fround(difference + m5) + fround(fround(0.125 * m3) - fround(8 * m4));
  },
  2(s, i, step) {
    const [m0, m1, m2, , , m5] = line(s, i, step);
    s[i] = m0 + fround(m1 + m2);
    s[i + step] = fround(m1 - m2) + m5;
  },
};

/** A: the gradients of four or two outputs to those of their points. */
export const outputGradientMaps: LineMaps = {
  4(s, i, step) {
    const [d0, d1, d2, d3] = line(s, i, step);
    const even = fround(d0 + d2);
    const odd = fround(d1 + d3);
    s[i + step] = even + odd;
    s[i + 2 * step] = even - odd;
    s[i + 3 * step] = fround(d0 + fround(0.25 * d2)) + fround(fround(0.5 * d1) + fround(0.125 * d3));
    s[i + 4 * step] = fround(d0 + fround(4 * d2)) - fround(fround(2 * d1) + fround(8 * d3));
    s[i + 5 * step] = d3;
  },
  2(s, i, step) {
    const [d0, d1] = line(s, i, step);
    s[i + step] = d0 + d1;
    s[i + 2 * step] = d0 - d1;
    s[i + 5 * step] = d1;
  },
};

/** B: the gradients of points to those of six or four inputs. */
export const inputGradientMaps: LineMaps = {
  4(s, i, step) {
    const [v0, v1, v2, v3, v4, v5] = line(s, i, step);
    const sum = fround(v1 + v2);
    const difference = fround(v1 - v2);
    const even = fround(fround(fround(v0 + sum) + fround(v3 + v4)) + fround(1.5 * v5));
    const odd = fround(fround(fround(fround(1.5 * v0) - v5) + difference) + fround(fround(2 * v3) - fround(0.5 * v4)));
    s[i + step] = -odd;
    s[i + 2 * step] = fround(1.5 * difference) - fround(even + v0);
    s[i + 3 * step] = fround(1.5 * sum) + fround(odd - v5);
    s[i + 4 * step] = even;
  },
  2(s, i, step) {
    const [v0, v1, v2, , , v5] = line(s, i, step);
    s[i + step] = fround(1.5 * fround(v1 + v2)) - v5;
    s[i + 2 * step] = fround(1.5 * fround(v1 - v2)) - v0;
    s[i + 3 * step] = v5;
  },
};

const third = fround(1 / 3);
const fifteenth = fround(1 / 15);

/** G: three weights to six points. */
export const weights: LineMap = (s, i, step) => {
  const [g0, g1, g2] = line(s, i, step);
  const outer = fround(g0 + g2);
  s[i + step] = third * fround(outer + g1);
  s[i + 2 * step] = third * fround(g1 - outer);
  s[i + 3 * step] = -fifteenth * fround(fround(fround(16 * g0) + fround(8 * g1)) + fround(4 * g2));
  s[i + 4 * step] = fifteenth * fround(fround(g0 - fround(2 * g1)) + fround(4 * g2));
  s[i + 5 * step] = g2;
};

/** Gᵀ: the gradients of six points to those of three weights. */
export const weightGradients: LineMap = (s, i, step) => {
  const [u0, u1, u2, u3, u4, u5] = line(s, i, step);
  const difference = fround(third * fround(u1 - u2));
  s[i] = fround(u0 + difference) + fround(fifteenth * fround(u4 - fround(16 * u3)));
  s[i + step] = fround(third * fround(u1 + u2)) - fround(fifteenth * fround(fround(8 * u3) + fround(2 * u4)));
  s[i + 2 * step] = fround(difference + u5) + fround(fifteenth * fround(fround(4 * u4) - fround(4 * u3)));
};
