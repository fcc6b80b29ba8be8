import { checkpointReader } from './checkpoint.js';
import { cifarReader } from './cifar.js';
import { graphReader } from './graph.js';
import { gzipReader, idxReader } from './idx.js';
import { jpegReader, pngReader } from './image.js';
import { imageHeaderReader } from './imageHeader.js';
import { mappingReader } from './mapping.js';
import { modelFileReader } from './modelFile.js';
import { npyReader } from './npy.js';
import { npzReader } from './npz.js';
import { pictureCacheReader } from './pictureCache.js';
import type { FuzzedReader } from './reader.js';
import { safetensorsReader } from './safetensors.js';

/** All readers of what may come from elsewhere. */
export const readers: readonly FuzzedReader[] = [
  idxReader,
  gzipReader,
  safetensorsReader,
  npyReader,
  npzReader,
  cifarReader,
  mappingReader,
  modelFileReader,
  checkpointReader,
  graphReader,
  pngReader,
  jpegReader,
  imageHeaderReader,
  pictureCacheReader,
];
