import { oneLine } from '../errors.js';
import { fashionMnistClasses } from '../fashionMnist/classes.js';
import { fashionNet, fashionNetInput } from '../fashionMnist/network.js';
import { replaceFile } from '../formats/durableFile.js';
import { exportOnnx } from '../network/exportOnnx.js';
import { Model } from '../network/model.js';
import { command, pathName, run } from './command.js';
import { chosenNormalization, meanOption, stdOption } from './options/normalizationOptions.js';
import { checkOutput } from './options/ownInput.js';
import { loadWeights } from './options/weights.js';

const program = command('export', 'Writes a trained model as an ONNX file, for any batch size.')
  .requiredOption('--weights <file>', 'the model.safetensors of a training run, or of PyTorch', pathName)
  .requiredOption('--out <file>', 'the ONNX file to write', pathName)
  .addOption(meanOption())
  .addOption(stdOption());

run(program, async () => {
  const { weights, out, json } = program.opts();
  await checkOutput(['--out', [out]], [['--weights', [weights]]]);
  const file = await loadWeights(weights);
  const { normalization, note } = chosenNormalization(program.opts(), file.metadata);
  const model = new Model(fashionNet(), { inputShape: fashionNetInput, batchSize: 1, shards: 1 });
  model.loadStateDict(file.tensors);
  process.stderr.write(note);
  const metadata = { mean: String(normalization.mean), std: String(normalization.std) };
  const bytes = exportOnnx(model, { classes: fashionMnistClasses, metadata });
  await replaceFile(out, bytes);
  const result = { event: 'export', file: out, bytes: bytes.length };
  const text = `${oneLine(out)}: ONNX opset 17, input [batch, ${fashionNetInput.join(', ')}], ${(bytes.length / 1e6).toFixed(1)} MB`;
  process.stdout.write(`${json ? JSON.stringify(result) : text}\n`);
});
