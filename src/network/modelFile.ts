import { replaceFile } from '../formats/durableFile.js';
import { loadSafetensors } from '../formats/modelFile.js';
import { required, text } from '../validate.js';
import type { Model } from './model.js';
import { type LoadedModel, type LoadModelOptions, modelBytes, modelOf, type SaveModelOptions } from './modelBytes.js';

/** Writes a model as safetensors: its state dict, and in the metadata its graph with the input's shape and its description,
 * so that `loadModel` needs no more than the file. PyTorch reads the weights.
 *
 * @throws HeddleError FILE when it cannot be written; ARGUMENT */
export async function saveModel(path: string, model: Model, given?: SaveModelOptions): Promise<void> {
  const call = 'saveModel(path, model';
  required(`${call})`, { path, model });
  await replaceFile(text('path', path), modelBytes(call, model, given));
}

/** A model to use, from a file that `saveModel` or a training run wrote. Layers of one's own have to be registered first, or
 * their network given.
 *
 * @param given batchSize, default 32, and other options of a Model
 * @throws HeddleError FILE, FORMAT when the file cannot be read or is none of a model; ARGUMENT when it has no graph and no
 *   network is given; STATE_DICT when its weights are another network's */
export async function loadModel(path: string, given?: LoadModelOptions): Promise<LoadedModel> {
  const call = 'loadModel(path';
  required(`${call})`, { path });
  return modelOf(call, await loadSafetensors(path), given, path);
}
