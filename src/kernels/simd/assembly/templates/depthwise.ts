import { each } from './tile.js';

const pair = (line: (half: number) => string) => each(2, line);

/** Taps that all have a pixel above and below: so many rows and columns, and how far apart the outputs are. */
interface Taps {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
}

/** How many outputs wait for more columns of pixels. A step reads as many columns as outputs are apart, completes the output s0
 * with them, and adds what they give to those that wait, s1, s2, …, the last of which begins with that step. */
const waiting = ({ columns, stride }: Taps) => Math.ceil(columns / stride) - 1;

/** Adds to the outputs what their taps read in the step's columns: each column's products are summed from above to below. */
const addColumns = (taps: Taps, inside: (column: number, lines: string) => string) =>
  each(taps.stride, (t) =>
    inside(
      t,
      [
        each(taps.rows, (a) =>
          pair((j) => `const x${a}${t}${j} = v128.load(p${a}${t > 0 ? ' + pixel' : ''}, ${16 * j});`),
        ),
        each(waiting(taps) + 1, (k) => {
          const b = taps.columns - taps.stride - k * taps.stride + t;
          return b < 0 ? '' : pair((j) => `s${k}${j} = f32x4.add(s${k}${j}, ${columnSum(taps, b, t, j)});`);
        }),
      ].join('\n'),
    ),
  );

/** The products of column b of the taps with column t of the pixels. */
function columnSum({ rows }: Taps, b: number, t: number, j: number): string {
  let sum = `f32x4.mul(x0${t}${j}, w0${b}${j})`;
  for (let a = 1; a < rows; a++) sum = `multiplyAdd(x${a}${t}${j}, w${a}${b}${j}, ${sum})`;
  return sum;
}

const line = (taps: Taps) => {
  const { rows, columns, stride } = taps;
  const last = waiting(taps);
  const next = each(last, (k) => pair((j) => `s${k}${j} = s${k + 1}${j};`));
  const rowPointers = each(rows - 1, (a) => `const p${a + 1} = p${a} + rowBytes;`);
  const store = `
        if (!plain) {
          ${pair((j) => `s0${j} = floored(s0${j}, lowest);`)}
          if (center) {
            ${pair((j) => `s0${j} = bounded(${j === 0 ? 'affine' : 'affineNext'}(s0${j}, center + c, pixel), affineLowest, affineHighest);`)}
          }
        }
        ${pair((j) => `v128.store(q, s0${j}, ${16 * j});`)}`;
  const anew = pair((j) => `s${last}${j} = v128.load(bias + c, ${16 * j});`);
  return `
export function line${rows}x${columns}by${stride}(
  x: usize,
  left: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  rowBytes: usize,
  weights: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  bias: usize,
  floor: f32,
  center: usize,
  affineFloor: f32,
  affineCeiling: f32,
  y: usize,
  outputs: i32,
  outputStepStride: usize,
  samples: i32,
  sampleStride: usize,
  outputSampleStride: usize,
): void {
  const lowest = f32x4.splat(floor);
  const affineLowest = f32x4.splat(affineFloor);
  const affineHighest = f32x4.splat(affineCeiling);
  const plain = center === 0 && floor === -Infinity;
  const first = left + ${columns - stride};
  const from = placesBefore(0, first, ${stride}, outputs);
  const end = max(from, placesBefore(width, first + ${stride - 1}, ${stride}, outputs));
  const begin = placesBefore(0, first - ${last * stride} + ${stride - 1}, ${stride}, ${last}) - ${last};
  for (let c: usize = 0; c + 32 <= <usize>channels << 2; c += 32) {
    ${each(rows, (a) =>
      each(columns, (b) =>
        pair(
          (j) =>
            `const w${a}${b}${j} = v128.load(weights + c + ${a} * weightLineStride + ${b} * weightStepStride, ${16 * j});`,
        ),
      ),
    )}
    let image = x + c + <usize>(first + begin * ${stride}) * pixel;
    let output = y + c;
    for (let n = 0; n < samples; n++, image += sampleStride, output += outputSampleStride) {
      ${each(last + 1, (k) => pair((j) => `let s${k}${j} = v128.load(bias + c, ${16 * j});`))}
      let o = begin;
      let p0 = image;
      let q = output;
      while (o < outputs) {
        if (o === from) {
          for (; o < end; o++, p0 += ${stride} * pixel, q += outputStepStride) {
            ${anew}
            ${rowPointers}
            ${addColumns(taps, (_, lines) => lines)}
            ${store}
            ${next}
          }
          if (o >= outputs) break;
        }
        ${anew}
        ${rowPointers}
        const column = first + o * ${stride};
        ${addColumns(taps, (t, lines) => `if (<u32>(column + ${t}) < <u32>width) {\n${lines}\n}`)}
        if (o >= 0) {
          ${store}
          q += outputStepStride;
        }
        ${next}
        o++;
        p0 += ${stride} * pixel;
      }
    }
  }
}
`;
};

/** Adds to the sums of all taps what the step's columns give them, from the gradients of the outputs d0, d1, … that reach them. */
const addProducts = (
  taps: Taps,
  inside: (column: number, lines: string) => string,
  exists: (output: number, lines: string) => string,
) =>
  each(taps.stride, (t) =>
    inside(
      t,
      [
        each(taps.rows, (a) =>
          pair((j) => `const x${a}${t}${j} = v128.load(p${a}${t > 0 ? ' + pixel' : ''}, ${16 * j});`),
        ),
        each(waiting(taps) + 1, (k) => {
          const b = taps.columns - taps.stride - k * taps.stride + t;
          if (b < 0) return '';
          const products = each(taps.rows, (a) =>
            pair((j) => `s${a}${b}${j} = multiplyAdd(d${k}${j}, x${a}${t}${j}, s${a}${b}${j});`),
          );
          return exists(k, products);
        }),
      ].join('\n'),
    ),
  );

const gradients = (taps: Taps) => {
  const { rows, columns, stride } = taps;
  const last = waiting(taps);
  const eachTap = (lines: (a: number, b: number) => string) => each(rows, (a) => each(columns, (b) => lines(a, b)));
  const next = each(last, (k) => pair((j) => `d${k}${j} = d${k + 1}${j};`));
  const rowPointers = each(rows - 1, (a) => `const p${a + 1} = p${a} + rowBytes;`);
  return `
export function gradients${rows}x${columns}by${stride}(
  x: usize,
  left: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  rowBytes: usize,
  dy: usize,
  outputs: i32,
  outputStepStride: usize,
  gradient: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  samples: i32,
  sampleStride: usize,
  outputSampleStride: usize,
): void {
  const first = left + ${columns - stride};
  const from = placesBefore(0, first, ${stride}, outputs);
  const end = max(from, min(outputs - ${last}, placesBefore(width, first + ${stride - 1}, ${stride}, outputs)));
  for (let c: usize = 0; c + 32 <= <usize>channels << 2; c += 32) {
    ${eachTap((a, b) => pair((j) => `let s${a}${b}${j} = f32x4.splat(0);`))}
    let image = x + c + <usize>(first - ${last * stride}) * pixel;
    let upstream = dy + c;
    for (let n = 0; n < samples; n++, image += sampleStride, upstream += outputSampleStride) {
      ${each(last + 1, (k) => pair((j) => `let d${k}${j} = f32x4.splat(0);`))}
      let o = ${-last};
      let p0 = image;
      let q = upstream;
      while (o < outputs) {
        if (o === from) {
          for (; o < end; o++, p0 += ${stride} * pixel, q += outputStepStride) {
            ${pair((j) => `d${last}${j} = v128.load(q, ${16 * j});`)}
            ${rowPointers}
            ${addProducts(
              taps,
              (_, lines) => lines,
              (_, lines) => lines,
            )}
            ${next}
          }
          if (o >= outputs) break;
        }
        if (o + ${last} < outputs) {
          ${pair((j) => `d${last}${j} = v128.load(q, ${16 * j});`)}
        }
        ${rowPointers}
        const column = first + o * ${stride};
        ${addProducts(
          taps,
          (t, lines) => `if (<u32>(column + ${t}) < <u32>width) {\n${lines}\n}`,
          (k, lines) => `if (<u32>(o + ${k}) < <u32>outputs) {\n${lines}\n}`,
        )}
        ${next}
        o++;
        p0 += ${stride} * pixel;
        q += outputStepStride;
      }
    }
    ${eachTap((a, b) =>
      [
        `const g${a}${b} = gradient + c + ${a} * weightLineStride + ${b} * weightStepStride;`,
        pair((j) => `s${a}${b}${j} = f32x4.add(v128.load(g${a}${b}, ${16 * j}), s${a}${b}${j});`),
        pair((j) => `v128.store(g${a}${b}, s${a}${b}${j}, ${16 * j});`),
      ].join('\n'),
    )}
  }
}
`;
};

/** Kernels of 3 and of 5, also at a border, and what is left of them where a gradient is that of every second pixel. */
const outputTaps: readonly Taps[] = [1, 2, 3]
  .flatMap((rows) => [1, 2, 3].map((columns) => ({ rows, columns, stride: 1 })))
  .concat([1, 2, 3].map((rows) => ({ rows, columns: 3, stride: 2 })))
  .concat([{ rows: 2, columns: 2, stride: 2 }])
  .concat([3, 4, 5].flatMap((rows) => [1, 2].map((stride) => ({ rows, columns: 5, stride }))));

const gradientTaps: readonly Taps[] = [1, 2].flatMap((stride) =>
  [1, 2, 3]
    .map((rows) => ({ rows, columns: 3, stride }))
    .concat([1, 2, 4, 5].map((columns) => ({ rows: 1, columns, stride }))),
);

/** Takes the function for the taps there are, where there is one. */
const choose = (taps: readonly Taps[], call: (name: string) => string) =>
  taps
    .map(({ rows, columns, stride }) => [`${100 * rows + 10 * columns + stride}`, `${rows}x${columns}by${stride}`])
    .map(([key, name]) => `case ${key}: ${call(name)} return true;`)
    .join('\n');

export const depthwise = [
  "import { affine, affineNext, bounded, floored } from './batchNorm';",
  "import { multiplyAdd } from './multiplyAdd';",
  "import { placesBefore } from './places';",
  ...outputTaps.map(line),
  ...gradientTaps.map(gradients),
  `export function line(
  rows: i32, columns: i32, stride: i32,
  x: usize, left: i32, width: i32, channels: i32, pixel: usize, rowBytes: usize,
  weights: usize, weightLineStride: usize, weightStepStride: usize, bias: usize, floor: f32,
  center: usize, affineFloor: f32, affineCeiling: f32, y: usize, outputs: i32, outputStepStride: usize,
  samples: i32, sampleStride: usize, outputSampleStride: usize,
): bool {
  switch (100 * rows + 10 * columns + stride) {
    ${choose(outputTaps, (name) => `line${name}(x, left, width, channels, pixel, rowBytes, weights, weightLineStride, weightStepStride, bias, floor, center, affineFloor, affineCeiling, y, outputs, outputStepStride, samples, sampleStride, outputSampleStride);`)}
  }
  return false;
}`,
  `export function gradientsOfLine(
  rows: i32, columns: i32, stride: i32,
  x: usize, left: i32, width: i32, channels: i32, pixel: usize, rowBytes: usize,
  dy: usize, outputs: i32, outputStepStride: usize, gradient: usize, weightLineStride: usize, weightStepStride: usize,
  samples: i32, sampleStride: usize, outputSampleStride: usize,
): bool {
  switch (100 * rows + 10 * columns + stride) {
    ${choose(gradientTaps, (name) => `gradients${name}(x, left, width, channels, pixel, rowBytes, dy, outputs, outputStepStride, gradient, weightLineStride, weightStepStride, samples, sampleStride, outputSampleStride);`)}
  }
  return false;
}`,
].join('\n');
