import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { loadModel, saveModel } from '../../dist/node.js';
import { temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { type Heddle, runInPage, servedPages } from '../support/servedPages.js';

const temporary = temporaryFolder();
const pages = servedPages();

describe.each([true, false])('files of a page that is isolated: %s', (isolated) => {
  it('Fashion-MNIST in gzip is what Node reads, and a missing or damaged file gives FILE or FORMAT', async () => {
    const dataset = syntheticDataset(20);
    const folder = await writeMnistFolder(join(temporary.path, String(isolated)), undefined, dataset);
    const files = Object.fromEntries(
      (await readdir(folder)).map((name) => [`data/${name}`, readFileSync(join(folder, name))]),
    );
    const page = await pages.open(isolated, {
      ...files,
      'short/t10k-images-idx3-ubyte.gz': files['data/t10k-images-idx3-ubyte.gz'].subarray(0, 300),
      'short/t10k-labels-idx1-ubyte.gz': files['data/t10k-labels-idx1-ubyte.gz'],
      'plain/t10k-images-idx3-ubyte.gz': gunzipSync(files['data/t10k-images-idx3-ubyte.gz']),
      'plain/t10k-labels-idx1-ubyte.gz': gunzipSync(files['data/t10k-labels-idx1-ubyte.gz']),
    });
    const fetched = (folder: string) =>
      page.evaluate(`import('/web.js').then(({ fetchMnist }) => fetchMnist('${folder}', 'test')).then(
        ({ inputs, targets, ...sizes }) => ({ inputs: [...inputs], targets: [...targets], ...sizes }),
        ({ code, message }) => code + ': ' + message)`);
    const wanted = { ...dataset, inputs: [...dataset.inputs], targets: [...dataset.targets] };
    expect(await fetched('data')).toEqual(wanted);
    expect(await fetched('plain/')).toEqual(wanted);
    expect(await fetched('none')).toMatch(
      /^FILE: cannot fetch none\/t10k-images.*: the server says 404 Not Found\. Check/,
    );
    expect(await fetched('short')).toMatch(
      /^FORMAT: short\/t10k-images-idx3-ubyte\.gz: bad gzip data \(.*download it again/,
    );
    expect(await fetched('http://127.0.0.1:1')).toMatch(/^FILE: cannot fetch http:.*: Failed to fetch\. Check/);
  });

  it('a model’s bytes are those of saveModel, and are read again with their description', async () => {
    const page = await pages.open(isolated);
    const saved = async ({ Sequential, Linear, Model, ...heddle }: Heddle) => {
      const model = new Model(new Sequential([new Linear(4, 2)]), { inputShape: [4], batchSize: 1 });
      const bytes = heddle.encodeModel(model, { classes: ['shoe', 'bag'] });
      const loaded = heddle.decodeModel(bytes);
      const { probabilities } = loaded.model.predict([[1, 2, 3, 4]]);
      return { bytes: [...bytes], classes: loaded.classes, probability: probabilities.get(0, 0) };
    };
    const { bytes, classes, probability } = await runInPage(page, saved, {});
    const file = join(temporary.path, `${isolated}.safetensors`);
    await writeFile(file, Uint8Array.from(bytes));
    const loaded = await loadModel(file);
    expect([loaded.classes, classes]).toEqual([
      ['shoe', 'bag'],
      ['shoe', 'bag'],
    ]);
    expect(loaded.model.predict([[1, 2, 3, 4]]).probabilities.get(0, 0)).toBe(probability);
    await saveModel(file, loaded.model, { classes: ['shoe', 'bag'] });
    expect([...readFileSync(file)]).toEqual(bytes);
  });
});
