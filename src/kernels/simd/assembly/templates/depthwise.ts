import { each } from './tile.js';

const pair = (line: (half: number) => string) => each(2, line);

/** So many outputs of a line whose taps in a row are all alike inside, for eight channels at a time; `addRow` adds a row of
 * taps, from the pixel at p0 and the weights at w on. */
const outputs = (name: string, count: number, addRow: string) => `
export function ${name}(
  x: usize,
  outputBytes: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  tapBytes: usize,
  weights: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  pixel: usize,
  bias: usize,
  floor: f32,
  center: usize,
  affineFloor: f32,
  affineCeiling: f32,
  y: usize,
  outputStepStride: usize,
): void {
  const lowest = f32x4.splat(floor);
  const affineLowest = f32x4.splat(affineFloor);
  const affineHighest = f32x4.splat(affineCeiling);
  for (let c: usize = 0; c + 32 <= pixel; c += 32) {
    ${pair((j) => `let s0${j} = v128.load(bias + c, ${16 * j});`)}
    ${each(count - 1, (i) => pair((j) => `let s${i + 1}${j} = s0${j};`))}
    let row = x + c;
    let weightRow = weights + c;
    for (let a = 0; a < rows; a++, row += rowBytes, weightRow += weightLineStride) {
      let p0 = row;
      let w = weightRow;
      ${addRow}
    }
    let q = y + c;
    ${each(count, (i) => `${pair((j) => `s${i}${j} = floored(s${i}${j}, lowest);`)}`)}
    if (center) {
      ${each(count, (i) => storePair(i, (sum, offset) => `bounded(${offset === 0 ? 'affine' : 'affineNext'}(${sum}, center + c, pixel), affineLowest, affineHighest)`))}
    } else {
      ${each(count, (i) => storePair(i, (sum) => sum))}
    }
  }
}
`;

const addTap = (output: number, x: string, w: string) =>
  pair((j) => `s${output}${j} = multiplyAdd(${x}${j}, ${w}${j}, s${output}${j});`);

const anyTaps = (count: number) => `
for (let b = 0; b < columns; b++, p0 += tapBytes, w += weightStepStride) {
  ${pair((j) => `const w${j} = v128.load(w, ${16 * j});`)}
  ${each(count - 1, (i) => `const p${i + 1} = p${i} + outputBytes;`)}
  ${each(count, (i) =>
    [pair((j) => `const x${i}_${j} = v128.load(p${i}, ${16 * j});`), addTap(i, `x${i}_`, 'w')].join('\n'),
  )}
}`;

/** So many taps, where an output is a tap away from the next: each pixel is read once for all outputs. */
const knownTaps = (count: number, taps: number) =>
  [
    each(taps, (b) => `${pair((j) => `const w${b}_${j} = v128.load(w, ${16 * j});`)}\nw += weightStepStride;`),
    each(count - 1 + taps, (i) =>
      [
        pair((j) => `const x${i}_${j} = v128.load(p0, ${16 * j});`),
        'p0 += tapBytes;',
        each(count, (output) => {
          const b = i - output;
          return b >= 0 && b < taps ? addTap(output, `x${i}_`, `w${b}_`) : '';
        }),
      ].join('\n'),
    ),
  ].join('\n');

/** Stores what becomes of an output's sums. */
const storePair = (output: number, finished: (sum: string, offset: number) => string) =>
  [pair((j) => `v128.store(q, ${finished(`s${output}${j}`, 16 * j)}, ${16 * j});`), 'q += outputStepStride;'].join(
    '\n',
  );

const addProduct = (tap: number) =>
  pair((j) => `s${tap}${j} = multiplyAdd(d${j}, v128.load(p + ${tap} * tapBytes, ${16 * j}), s${tap}${j});`);

/** Adds the products of the outputs up to one of them to the taps' sums; where not `all` taps are inside, each is tested. */
const addOutputs = (count: number, end: string, all: boolean) => `
for (; ox < ${end}; ox++, p += outputBytes, q += outputStepStride) {
  ${pair((j) => `const d${j} = v128.load(q, ${16 * j});`)}
  ${each(count, (t) =>
    all ? addProduct(t) : `if (<u32>(left + ox * stride + ${t} * dilation) < <u32>width) {\n${addProduct(t)}\n}`,
  )}
}`;

/** A line's sums for the gradients of neighbouring taps, added to those, for eight channels at a time. */
const gradients = (count: number) => `
export function gradients${count}(
  x: usize,
  left: i32,
  stride: i32,
  dilation: i32,
  width: i32,
  outputs: i32,
  pixel: usize,
  dy: usize,
  outputStepStride: usize,
  gradient: usize,
  weightStepStride: usize,
): void {
  const right = left + ${count - 1} * dilation;
  const begin = placesBefore(0, right, stride, outputs);
  const allFrom = max(begin, placesBefore(0, left, stride, outputs));
  const allEnd = max(allFrom, placesBefore(width, right, stride, outputs));
  const end = max(allEnd, placesBefore(width, left, stride, outputs));
  const outputBytes = <usize>stride * pixel;
  const tapBytes = <usize>dilation * pixel;
  x += <usize>(left + begin * stride) * pixel;
  dy += <usize>begin * outputStepStride;
  for (let c: usize = 0; c + 32 <= pixel; c += 32) {
    ${each(count, (t) => pair((j) => `let s${t}${j} = f32x4.splat(0);`))}
    let ox = begin;
    let p = x + c;
    let q = dy + c;
    ${addOutputs(count, 'allFrom', false)}
    ${addOutputs(count, 'allEnd', true)}
    ${addOutputs(count, 'end', false)}
    let g = gradient + c;
    ${each(count, (t) =>
      [
        pair((j) => `v128.store(g, f32x4.add(v128.load(g, ${16 * j}), s${t}${j}), ${16 * j});`),
        'g += weightStepStride;',
      ].join('\n'),
    )}
  }
}
`;

export const depthwise = [
  "import { affine, affineNext, bounded, floored } from './batchNorm';",
  "import { multiplyAdd } from './multiplyAdd';",
  "import { placesBefore } from './places';",
  outputs('outputs4', 4, anyTaps(4)),
  outputs('outputs1', 1, anyTaps(1)),
  outputs('outputs4Of3', 4, knownTaps(4, 3)),
  outputs('outputs4Of5', 4, knownTaps(4, 5)),
  gradients(3),
  gradients(2),
  gradients(1),
].join('\n');
