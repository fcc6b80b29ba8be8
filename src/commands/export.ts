import { oneLine } from '../errors.js';
import { replaceFile } from '../formats/durableFile.js';
import { exportOnnx } from '../network/exportOnnx.js';
import { Model } from '../network/model.js';
import { command, run } from './command.js';
import { normalizationSettings, outputSettings, weightsSettings } from './options/commonSettings.js';
import { checkOutput } from './options/ownInput.js';
import { pathName } from './options/parsers.js';
import type { SettingTable, ValuesOf } from './options/setting.js';
import { loadWeights } from './options/weights.js';

const settings = {
  ...outputSettings,
  ...weightsSettings,
  out: { flag: '--out <file>', help: 'the ONNX file to write', parse: pathName, required: true },
  ...normalizationSettings(),
} as const satisfies SettingTable;

const program = command('export', 'Writes a trained model as an ONNX file, for any batch size.', settings);

run(program, async () => {
  const options = program.opts<ValuesOf<typeof settings>>();
  const { weights, out, json } = options;
  await checkOutput(['--out', [out]], [['--weights', [weights]]]);
  const { network, inputShape, layerModules, tensors, note, ...description } = await loadWeights(options);
  const model = new Model(network, { inputShape, batchSize: 1, shards: 1 });
  model.loadStateDict(tensors);
  process.stderr.write(note);
  const bytes = exportOnnx(model, description);
  await replaceFile(out, bytes);
  const result = { event: 'export', file: out, bytes: bytes.length };
  const text = `${oneLine(out)}: ONNX opset 17, input [batch, ${inputShape.join(', ')}], ${(bytes.length / 1e6).toFixed(1)} MB`;
  process.stdout.write(`${json ? JSON.stringify(result) : text}\n`);
});
