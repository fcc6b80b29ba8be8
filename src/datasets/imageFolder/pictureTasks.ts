import { join } from 'node:path';
import { decodeImage } from '../../data/decode/decodeImage.js';
import { type ImageHeader, readImageHeader } from '../../data/decode/imageHeader.js';
import type { ImageTransform } from '../../data/imageTransform.js';
import { transformImage } from '../../data/transformImage.js';
import { HeddleError, reason } from '../../errors.js';
import { readRegularFile } from '../../formats/regularFile.js';
