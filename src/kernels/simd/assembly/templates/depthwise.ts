import { each } from './tile.js';

const pair = (line: (half: number) => string) => each(2, line);

/** Neighbouring outputs of a line, all with the same taps inside the image, for eight channels at a time. */
const outputs = (count: number) => `
export function outputs${count}(
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
  y: usize,
  outputStepStride: usize,
): void {
  const lowest = f32x4.splat(floor);
  const affineLowest = f32x4.splat(affineFloor);
  for (let c: usize = 0; c + 32 <= pixel; c += 32) {
    ${pair((j) => `let s0${j} = bias ? v128.load(bias + c, ${16 * j}) : f32x4.splat(0);`)}
    ${each(count - 1, (i) => pair((j) => `let s${i + 1}${j} = s0${j};`))}
    let row = x + c;
    let weightRow = weights + c;
    for (let a = 0; a < rows; a++, row += rowBytes, weightRow += weightLineStride) {
      let p0 = row;
      let w = weightRow;
      for (let b = 0; b < columns; b++, p0 += tapBytes, w += weightStepStride) {
        ${pair((j) => `const w${j} = v128.load(w, ${16 * j});`)}
        ${each(count - 1, (i) => `const p${i + 1} = p${i} + outputBytes;`)}
        ${each(count, (i) => pair((j) => `s${i}${j} = multiplyAdd(v128.load(p${i}, ${16 * j}), w${j}, s${i}${j});`))}
      }
    }
    let q = y + c;
    ${each(count, (i) => `${pair((j) => finished(`s${i}${j}`, 16 * j))}\nq += outputStepStride;`)}
  }
}
`;

const finished = (sum: string, offset: number) => `
${sum} = floored(${sum}, lowest);
if (center) ${sum} = floored(affine(${sum}, center + c + ${offset}, pixel), affineLowest);
v128.store(q, ${sum}, ${offset});`;

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
  const begin = firstFrom(0, right, stride, outputs);
  const allFrom = max(begin, firstFrom(0, left, stride, outputs));
  const allEnd = max(allFrom, firstFrom(width, right, stride, outputs));
  const end = max(allEnd, firstFrom(width, left, stride, outputs));
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
  "import { affine, floored } from './batchNorm';",
  "import { firstFrom } from './depthwise';",
  "import { multiplyAdd } from './multiplyAdd';",
  outputs(4),
  outputs(1),
  gradients(3),
  gradients(2),
  gradients(1),
].join('\n');
