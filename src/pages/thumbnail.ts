import { crc32, deflateSync } from 'node:zlib';
import type { Image } from '../data/image.js';
import { resize } from '../data/resize.js';
import type { EvaluationPageData } from './evaluationView.js';

/** A larger picture is made smaller, so that its longer side has so many pixels. */
const LONGEST = 96;

/** A picture as a PNG file in a data URL. */
export function thumbnail({ inputs, shape }: Pick<EvaluationPageData, 'inputs' | 'shape'>, index: number): string {
  const [channels, height, width] = shape;
  const size = height * width;
  const planes = inputs.subarray(index * channels * size, (index + 1) * channels * size);
  const pixels = planes.map((_, i) => planes[(i % channels) * size + Math.floor(i / channels)]);
  const image = atMost(LONGEST, { width, height, channels: channels as 1 | 3, pixels });
  return `data:image/png;base64,${encodePng(image).toString('base64')}`;
}

function atMost(longest: number, image: Image): Image {
  const scale = longest / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const [height, width] = [image.height, image.width].map((length) => Math.max(1, Math.round(scale * length)));
  return resize(image, [height, width], { top: 0, left: 0, height, width });
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** 8-bit greys or colours, not interlaced, each row without a filter (PNG specification, 5 and 11). */
function encodePng({ width, height, channels, pixels }: Image): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = channels === 3 ? 2 : 0;
  const length = width * channels;
  const rows = Buffer.alloc(height * (1 + length));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * length, (y + 1) * length), y * (1 + length) + 1);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}
