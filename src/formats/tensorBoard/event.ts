/*
 * TensorBoard's events, after github.com/tensorflow/tensorboard: event.proto, summary.proto, tensor.proto, tensor_shape.proto and types.proto in
 * tensorboard/compat/proto for messages and field numbers, tensorboard/plugins/text/metadata.py for texts.
 */
import type { PbfWriter } from 'pbf';
import { ProtobufWriter } from '../protobufWriter.js';

/** What a step has under a tag. TensorBoard shows the tags with the same part before their first / together. */
export type SummaryValue = { readonly tag: string } & (
  | { readonly scalar: number }
  /** Markdown. */
  | { readonly text: string }
  | { readonly image: EncodedImage }
);

export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** A file's bytes. */
  readonly png: Uint8Array;
}

export interface TensorBoardEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly what: { readonly fileVersion: string } | 'start' | readonly SummaryValue[];
}

/** SessionLog.SessionStatus, DataType and DataClass. */
const [START, DT_STRING, DATA_CLASS_TENSOR] = [1, 7, 2];

export function encodeEvent({ time, step, what }: TensorBoardEvent): Uint8Array {
  const field = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 };
  const event = new ProtobufWriter(new Uint8Array(512));
  event.writeDoubleField(field.wallTime, time / 1000);
  event.writeVarintField(field.step, step);
  if (what === 'start') event.writeMessage(field.sessionLog, writeSessionLog, START);
  else if ('fileVersion' in what) event.writeStringField(field.fileVersion, what.fileVersion);
  else event.writeMessage(field.summary, writeSummary, what);
  return event.finish();
}

const writeSessionLog = (status: number, sessionLog: PbfWriter) => sessionLog.writeVarintField(1, status);

function writeSummary(values: readonly SummaryValue[], summary: PbfWriter): void {
  for (const value of values) summary.writeMessage(1, writeValue, value);
}

function writeValue(given: SummaryValue, value: PbfWriter): void {
  const field = { tag: 1, simpleValue: 2, image: 4, tensor: 8, metadata: 9 };
  value.writeStringField(field.tag, given.tag);
  if ('scalar' in given) value.writeFloatField(field.simpleValue, given.scalar);
  else if ('image' in given) value.writeMessage(field.image, writeImage, given.image);
  else {
    value.writeMessage(field.metadata, writeMetadata, 'text');
    value.writeMessage(field.tensor, writeTextTensor, given.text);
  }
}

function writeImage({ height, width, channels, png }: EncodedImage, image: PbfWriter): void {
  const field = { height: 1, width: 2, colorspace: 3, encodedImage: 4 };
  image.writeVarintField(field.height, height);
  image.writeVarintField(field.width, width);
  image.writeVarintField(field.colorspace, channels);
  image.writeBytesField(field.encodedImage, png);
}

function writeMetadata(plugin: string, metadata: PbfWriter): void {
  const field = { pluginData: 1, dataClass: 4 };
  metadata.writeMessage(field.pluginData, (name, data) => data.writeStringField(1, name), plugin);
  metadata.writeVarintField(field.dataClass, DATA_CLASS_TENSOR);
}

/** A tensor without dimensions. */
function writeTextTensor(text: string, tensor: PbfWriter): void {
  const field = { dtype: 1, shape: 2, stringValue: 8 };
  tensor.writeVarintField(field.dtype, DT_STRING);
  tensor.writeMessage(field.shape, () => {}, undefined);
  tensor.writeStringField(field.stringValue, text);
}
