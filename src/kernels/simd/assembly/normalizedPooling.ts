import { affine, affineNext, inputGradient } from './batchNorm';
import { storeFour, storePair } from './columns';
import { addSixteen, clearMoments } from './columnSums';
import { fetchRows } from './fetch';
import { wins } from './pooling';

// BatchNorm with 2×2 max pooling behind it. Windows cover the image, so a line of them is two lines of pixels, and channels
// come in sixteens, of which a pair of vectors takes eight.
const EIGHT: usize = 32;
const SIXTEEN: usize = 64;

// Pairs of pixels in a block of sums: see gradientMoments.
const BLOCK = 8;

export function scaleShiftMaxPool(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  center: usize,
  y: usize,
  argmax: usize,
): void {
  const bytes = <usize>channels << 2;
  const line = <usize>width * pixel;
  for (let oy = 0; oy < height; oy += 2, x += line) {
    for (let ox = 0; ox < width; ox += 2, x += pixel << 1, y += pixel, argmax += pixel) {
      let c: usize = 0;
      do {
        const map = center + c;
        let p = x + c;
        let largest0 = affine(v128.load(p), map, pixel);
        let largest1 = affineNext(v128.load(p, 16), map, pixel);
        p += pixel;
        let value0 = affine(v128.load(p), map, pixel);
        let value1 = affineNext(v128.load(p, 16), map, pixel);
        let wins0 = wins(value0, largest0);
        let wins1 = wins(value1, largest1);
        largest0 = v128.bitselect(value0, largest0, wins0);
        largest1 = v128.bitselect(value1, largest1, wins1);
        let place0 = v128.and(i32x4.splat(1), wins0);
        let place1 = v128.and(i32x4.splat(1), wins1);
        p = x + line + c;
        value0 = affine(v128.load(p), map, pixel);
        value1 = affineNext(v128.load(p, 16), map, pixel);
        wins0 = wins(value0, largest0);
        wins1 = wins(value1, largest1);
        largest0 = v128.bitselect(value0, largest0, wins0);
        largest1 = v128.bitselect(value1, largest1, wins1);
        place0 = v128.bitselect(i32x4.splat(2), place0, wins0);
        place1 = v128.bitselect(i32x4.splat(2), place1, wins1);
        p += pixel;
        value0 = affine(v128.load(p), map, pixel);
        value1 = affineNext(v128.load(p, 16), map, pixel);
        wins0 = wins(value0, largest0);
        wins1 = wins(value1, largest1);
        largest0 = v128.bitselect(value0, largest0, wins0);
        largest1 = v128.bitselect(value1, largest1, wins1);
        place0 = v128.bitselect(i32x4.splat(3), place0, wins0);
        place1 = v128.bitselect(i32x4.splat(3), place1, wins1);
        storePair(y + c, largest0, largest1);
        storePair(argmax + c, place0, place1);
        c += EIGHT;
      } while (c < bytes);
    }
  }
}

export function maxPoolGradientMoments(
  dy: usize,
  argmax: usize,
  x: usize,
  center: usize,
  samples: usize,
  shards: i32,
  height: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  sums: usize,
  scratch: usize,
): void {
  for (let shard = 0; shard < shards; shard++, samples += 4, sums += pixel << 2) {
    const lines = load<i32>(samples) * height;
    momentsOfLines(dy, argmax, x, center, lines, width, channels, pixel, sums, scratch);
    const pixels = <usize>(lines * width);
    dy += (pixels >> 2) * pixel;
    argmax += (pixels >> 2) * pixel;
    x += pixels * pixel;
  }
}

// Sums begin at +0 and never become −0, so a zero added to them changes nothing: of the two pixels of a line that a window
// has, at most one has a gradient, and both may be added at once. Their products are both made, as 0·∞ is NaN.
function momentsOfLines(
  dy: usize,
  argmax: usize,
  x: usize,
  center: usize,
  height: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  sums: usize,
  scratch: usize,
): void {
  const bytes = <usize>channels << 2;
  const products = sums + (bytes << 1);
  const perLine = width >> 1;
  clearMoments(sums, channels);
  let firstLine = 0;
  let firstPair = 0;
  for (let left = height * perLine; left > 0; left -= BLOCK) {
    fetchRows(x, 2 * min(BLOCK, left), bytes, pixel);
    let line = firstLine;
    let pair = firstPair;
    for (let c: usize = 0; c < bytes; c += SIXTEEN) {
      line = firstLine;
      pair = firstPair;
      let p = x + c;
      const center0 = v128.load(center + c);
      const center1 = v128.load(center + c, 16);
      const center2 = v128.load(center + c, 32);
      const center3 = v128.load(center + c, 48);
      let sum0 = f32x4.splat(0);
      let sum1 = f32x4.splat(0);
      let sum2 = f32x4.splat(0);
      let sum3 = f32x4.splat(0);
      let product0 = f32x4.splat(0);
      let product1 = f32x4.splat(0);
      let product2 = f32x4.splat(0);
      let product3 = f32x4.splat(0);
      let rest = min(BLOCK, left);
      do {
        const end = min(pair + rest, perLine);
        const place = i32x4.splat((line & 1) << 1);
        const next = i32x4.splat(((line & 1) << 1) + 1);
        let pooled = <usize>((line >> 1) * perLine + pair) * pixel + c;
        rest -= end - pair;
        do {
          const a0 = v128.load(argmax + pooled);
          const a1 = v128.load(argmax + pooled, 16);
          const d0 = v128.load(dy + pooled);
          const d1 = v128.load(dy + pooled, 16);
          const left0 = v128.and(d0, i32x4.eq(a0, place));
          const left1 = v128.and(d1, i32x4.eq(a1, place));
          const right0 = v128.and(d0, i32x4.eq(a0, next));
          const right1 = v128.and(d1, i32x4.eq(a1, next));
          sum0 = f32x4.add(sum0, v128.or(left0, right0));
          sum1 = f32x4.add(sum1, v128.or(left1, right1));
          const leftProduct0 = f32x4.mul(left0, f32x4.sub(v128.load(p), center0));
          const leftProduct1 = f32x4.mul(left1, f32x4.sub(v128.load(p, 16), center1));
          const rightProduct0 = f32x4.mul(right0, f32x4.sub(v128.load(p + pixel), center0));
          const rightProduct1 = f32x4.mul(right1, f32x4.sub(v128.load(p + pixel, 16), center1));
          product0 = f32x4.add(product0, f32x4.add(leftProduct0, rightProduct0));
          product1 = f32x4.add(product1, f32x4.add(leftProduct1, rightProduct1));
          const a2 = v128.load(argmax + pooled, 32);
          const a3 = v128.load(argmax + pooled, 48);
          const d2 = v128.load(dy + pooled, 32);
          const d3 = v128.load(dy + pooled, 48);
          const left2 = v128.and(d2, i32x4.eq(a2, place));
          const left3 = v128.and(d3, i32x4.eq(a3, place));
          const right2 = v128.and(d2, i32x4.eq(a2, next));
          const right3 = v128.and(d3, i32x4.eq(a3, next));
          sum2 = f32x4.add(sum2, v128.or(left2, right2));
          sum3 = f32x4.add(sum3, v128.or(left3, right3));
          const leftProduct2 = f32x4.mul(left2, f32x4.sub(v128.load(p, 32), center2));
          const leftProduct3 = f32x4.mul(left3, f32x4.sub(v128.load(p, 48), center3));
          const rightProduct2 = f32x4.mul(right2, f32x4.sub(v128.load(p + pixel, 32), center2));
          const rightProduct3 = f32x4.mul(right3, f32x4.sub(v128.load(p + pixel, 48), center3));
          product2 = f32x4.add(product2, f32x4.add(leftProduct2, rightProduct2));
          product3 = f32x4.add(product3, f32x4.add(leftProduct3, rightProduct3));
          p += pixel << 1;
          pooled += pixel;
        } while (++pair < end);
        if (pair === perLine) {
          pair = 0;
          line++;
        }
      } while (rest > 0);
      storeFour(scratch, sum0, sum1, sum2, sum3);
      storeFour(scratch + 64, product0, product1, product2, product3);
      addSixteen(sums + (c << 1), scratch);
      addSixteen(products + (c << 1), scratch + 64);
    }
    firstLine = line;
    firstPair = pair;
    x += <usize>(2 * BLOCK) * pixel;
  }
}

export function maxPoolBatchNormBackward(
  dy: usize,
  argmax: usize,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  centers: usize,
  mask: f32,
  dx: usize,
): void {
  const bytes = <usize>channels << 2;
  const line = <usize>width * pixel;
  const factors = f32x4.splat(mask === 0 ? 1 : mask);
  const threshold = f32x4.splat(mask === 0 ? NaN : 0);
  const zero = f32x4.splat(0);
  const a = centers + pixel;
  const b = a + pixel;
  const d = b + pixel;
  for (let row = 0; row < height; row++) {
    const left = i32x4.splat((row & 1) << 1);
    const right = i32x4.splat(((row & 1) << 1) + 1);
    // The second line of pixels of a line of windows takes the same gradients.
    let pooled = <usize>(row >> 1) * (line >> 1);
    for (let column = 0; column < width; column += 2, x += pixel << 1, dx += pixel << 1, pooled += pixel) {
      let c: usize = 0;
      do {
        const place0 = v128.load(argmax + pooled + c);
        const place1 = v128.load(argmax + pooled + c, 16);
        // The sum with 0 makes +0 of −0, as in maxPoolBackward.
        const dy0 = f32x4.add(v128.load(dy + pooled + c), zero);
        const dy1 = f32x4.add(v128.load(dy + pooled + c, 16), zero);
        const left0 = v128.and(dy0, i32x4.eq(place0, left));
        const left1 = v128.and(dy1, i32x4.eq(place1, left));
        const right0 = v128.and(dy0, i32x4.eq(place0, right));
        const right1 = v128.and(dy1, i32x4.eq(place1, right));
        const center0 = v128.load(centers + c);
        const center1 = v128.load(centers + c, 16);
        const a0 = v128.load(a + c);
        const a1 = v128.load(a + c, 16);
        const b0 = v128.load(b + c);
        const b1 = v128.load(b + c, 16);
        const d0 = v128.load(d + c);
        const d1 = v128.load(d + c, 16);
        const dx0 = inputGradient(v128.load(x + c), left0, center0, a0, b0, d0, factors, threshold);
        const dx1 = inputGradient(v128.load(x + c, 16), left1, center1, a1, b1, d1, factors, threshold);
        storePair(dx + c, dx0, dx1);
        const p = x + pixel + c;
        const next0 = inputGradient(v128.load(p), right0, center0, a0, b0, d0, factors, threshold);
        const next1 = inputGradient(v128.load(p, 16), right1, center1, a1, b1, d1, factors, threshold);
        storePair(dx + pixel + c, next0, next1);
        c += EIGHT;
      } while (c < bytes);
    }
  }
}
