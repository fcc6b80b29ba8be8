import { expect, it } from '@jest/globals';
import { crc32c, encodeRecord } from '../../../src/formats/tensorBoard/record.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

it.each([
  ['the check value of its catalogue', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros, of RFC 3720', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones, of RFC 3720', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 numbers that rise, of RFC 3720', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['nothing', new Uint8Array(0), 0],
])('crc32c of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

it('a record is to the byte what TensorFlow wrote as the first one of an event file of its own', () => {
  const data = `090000803899d6d7411a0d${hex(Buffer.from('brain.Event:2'))}`;
  expect(hex(encodeRecord(Buffer.from(data, 'hex')))).toBe(`1800000000000000a37f4b22${data}124b36ab`);
});
