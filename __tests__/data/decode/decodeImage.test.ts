import { expect, it } from '@jest/globals';
import { jpegFiles } from '../../../benchmarks/checks/fuzz/jpegFiles.js';
import { pngFile } from '../../../benchmarks/checks/fuzz/png.js';
import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import { thrown } from '../../support/thrown.js';

const text = (characters: string) => [...Buffer.from(characters, 'latin1')];

it.each<[string, number[], string]>([
  ['an empty file', [], 'an empty file'],
  ['a GIF', text('GIF89a'), '47 49 46 38'],
  ['a PNG whose line ends were changed', [...text('\x89PNG\n\x1a\n'), 0], '89 50 4e 47'],
  ['one byte', [0xff], 'ff'],
])('%s is neither PNG nor JPEG, whatever its name', (_, bytes, part) => {
  const error = thrown(() => decodeImage(Uint8Array.from(bytes), 'coat.png'));
  expect(error).toMatch(/^FORMAT: coat\.png: expected a PNG or JPEG image; found /);
  expect(error).toContain(part);
});

it('leaves the bytes as they are, also those of a Buffer', () => {
  for (const file of [
    pngFile({ width: 1, height: 1, colourType: 0, depth: 8, samples: [0] }),
    ...jpegFiles.map(({ bytes }) => bytes),
  ]) {
    const bytes = Buffer.concat([Buffer.from([1, 2, 3]), file]).subarray(3);
    const decoded = decodeImage(bytes);
    expect(bytes.equals(file)).toBe(true);
    expect(decoded).toEqual(decodeImage(file));
  }
});

it('an ArrayBuffer and shared memory are read as bytes', () => {
  const file = pngFile({ width: 1, height: 1, colourType: 0, depth: 8, samples: [7] });
  for (const bytes of [file, ...jpegFiles.map(({ bytes }) => bytes)]) {
    const { buffer } = Uint8Array.from(bytes);
    const shared = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(shared).set(bytes);
    expect([decodeImage(buffer), decodeImage(shared)]).toEqual([decodeImage(bytes), decodeImage(bytes)]);
  }
});
