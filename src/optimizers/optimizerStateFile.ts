import { HeddleError, quote } from '../errors.js';
import { parseJson } from '../formats/json.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import type { Bytes } from '../tensor/bytes.js';
import type { TensorSource, WritableSource } from '../tensor/view.js';
import { required } from '../validate.js';
import { areGroups, checkForm, type OptimizerStateDict, type ParamGroup } from './optimizerState.js';

/** An optimizer's state as a safetensors file: tensors by names such as `state.0.exp_avg`, and `param_groups` as JSON in the
 * metadata. Python reads it without pickle. */
export function encodeOptimizerState(state: OptimizerStateDict): Uint8Array<ArrayBuffer> {
  required('encodeOptimizerState(optimizer.stateDict(model))', { state });
  const { state: remembered, param_groups } = checkForm('encodeOptimizerState({ state, param_groups })', state);
  const tensors = Object.entries(remembered).flatMap(([number, one]) =>
    Object.entries(one).map(([key, tensor]): [string, WritableSource] => [
      `state.${number}.${key}`,
      tensor as WritableSource,
    ]),
  );
  return encodeSafetensors(new Map(tensors), { param_groups: JSON.stringify(param_groups) });
}

/** @throws HeddleError FORMAT when the bytes are no such file */
export function decodeOptimizerState(file: Bytes, source = 'optimizer state'): OptimizerStateDict {
  required('decodeOptimizerState(bytes)', { bytes: file });
  const { tensors, metadata } = decodeSafetensors(file, source);
  const state: Record<number, Record<string, TensorSource>> = {};
  for (const [name, tensor] of tensors) {
    const [, number, key] = /^state\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (key === undefined)
      throw new HeddleError('FORMAT', `${source}: expected tensors named as state.0.exp_avg; found ${quote(name)}`);
    state[Number(number)] = { ...state[Number(number)], [key]: tensor };
  }
  return { state, param_groups: readGroups(metadata.get('param_groups') ?? 'null', source) };
}

function readGroups(text: string, source: string): readonly ParamGroup[] {
  const groups = parseJson(text, source, 'param_groups as JSON in the metadata');
  if (!areGroups(groups))
    throw new HeddleError(
      'FORMAT',
      `${source}: expected param_groups in the metadata, a list of objects with params; found ${quote(text)}`,
    );
  return groups;
}
