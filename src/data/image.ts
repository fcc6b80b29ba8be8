/** A picture of 8-bit greys or of red, green and blue: rows from the top, in each the pixels from the left, the channels of a
 * pixel side by side. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** height · width · channels bytes. */
  readonly pixels: Uint8Array;
}
