import { PbfWriter } from 'pbf';

const utf8 = new TextEncoder();

/** Writes Protocol Buffers. */
export class ProtobufWriter extends PbfWriter {
  /** pbf 5.1 takes some pairs of surrogates, such as those of Chinese characters from U+20000 on, for others. */
  override writeString(text: string): void {
    if (/[\ud800-\udfff]/.test(text)) this.writeBytes(utf8.encode(text));
    else super.writeString(text);
  }
}
