/** The numbers of codes of 1 to 16 bits, and the values of all, as hexadecimal digits. */
const tables: readonly { readonly id: number; readonly counts: string; readonly values: string }[] = [
  { id: 0x00, counts: '00010501010101010100000000000000', values: '000102030405060708090a0b' }, // K.3
  { id: 0x01, counts: '00030101010101010101010000000000', values: '000102030405060708090a0b' }, // K.4
  {
    id: 0x10, // K.5
    counts: '0002010303020403050504040000017d',
    values:
      '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738' +
      '393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6' +
      'a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  },
  {
    id: 0x11, // K.6
    counts: '00020102040403040705040400010277',
    values:
      '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a353637' +
      '38393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4' +
      'a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
  },
];

const definitions = tables.flatMap(({ id, counts, values }) => [id, ...Buffer.from(counts + values, 'hex')]);
const length = definitions.length + 2;

/** A segment with the typical Huffman tables of ITU-T T.81, annex K.3: for luma (class 0 and 1, number 0) and chroma
 * (number 1). Frames of Motion JPEG leave them out, and decoders take them where a file defines none of that class and
 * number. */
export const standardHuffmanTables = Uint8Array.of(0xff, 0xc4, length >> 8, length & 255, ...definitions);
