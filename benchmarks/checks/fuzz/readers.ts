import { checkpointReader } from './checkpoint.js';
import { graphReader } from './graph.js';
import { gzipReader, idxReader } from './idx.js';
import { jpegReader, pngReader } from './image.js';
import { imageHeaderReader } from './imageHeader.js';
import { modelFileReader } from './modelFile.js';
import { npyReader } from './npy.js';
import { pictureCacheReader } from './pictureCache.js';
import type { FuzzedReader } from './reader.js';
import { safetensorsReader } from './safetensors.js';

/** All readers of what may come from elsewhere. */
export const readers: readonly FuzzedReader[] = [
  idxReader,
  gzipReader,
  safetensorsReader,
  npyReader,
  modelFileReader,
  checkpointReader,
  graphReader,
  pngReader,
  jpegReader,
  imageHeaderReader,
  pictureCacheReader,
];
