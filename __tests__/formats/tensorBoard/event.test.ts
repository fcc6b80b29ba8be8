import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeEvent } from '../../../src/formats/tensorBoard/event.js';
import { encodeRecord } from '../../../src/formats/tensorBoard/record.js';
import { type ReadEvent, readEvent, readRecords } from '../../support/tensorBoard.js';

const anyText = fc.string({ unit: 'binary' });
const anyBytes = fc.uint8Array({ maxLength: 1000 });
const length = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const anyValue = fc.oneof(
  fc.record({ tag: anyText, scalar: fc.double() }),
  fc.record({ tag: anyText, text: anyText }),
  fc.record({
    tag: anyText,
    image: fc.record({ width: length, height: length, channels: fc.constantFrom<1 | 3>(1, 3), png: anyBytes }),
  }),
);
const anyEvent = fc.record({
  time: fc.integer({ min: 0, max: 1e14 }),
  step: fc.maxSafeNat(),
  what: fc.oneof(fc.constant('start' as const), fc.record({ fileVersion: anyText }), fc.array(anyValue)),
});
type AnyEvent = typeof anyEvent extends fc.Arbitrary<infer Event> ? Event : never;

/** What a reader finds: numbers are rounded to float32. */
function expected({ time, step, what }: AnyEvent): ReadEvent {
  const head = { wallTime: time / 1000, step };
  if (what === 'start') return { ...head, status: 1 };
  if ('fileVersion' in what) return { ...head, fileVersion: what.fileVersion };
  const values = what.map((value) => {
    const { tag } = value;
    if ('scalar' in value) return { tag, scalar: Math.fround(value.scalar) };
    if ('text' in value) return { tag, plugin: 'text', text: value.text };
    const { channels: colorspace, ...image } = value.image;
    return { tag, image: { ...image, colorspace } };
  });
  return { ...head, values };
}

it('200 random runs of records have in them what was given: any Unicode, numbers (NaN and infinities too), images and steps', () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      const file = Buffer.concat(events.map((event) => encodeRecord(encodeEvent(event))));
      expect(readRecords(file).map(readEvent)).toEqual(events.map(expected));
    }),
    { numRuns: 200 },
  );
});
