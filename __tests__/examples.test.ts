import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from './support/command.js';

const here = fileURLToPath(new URL('..', import.meta.url));
const temporary = temporaryFolder();
const at = (...names: string[]) => join(temporary.path, ...names);
const run = (program: string) => outcomeOf(startProcess(process.execPath, [`dist/examples/${program}.js`], here));

/** The percentages in a program's output. */
const percentages = (output: string) => [...output.matchAll(/([\d.]+)%/g)].map(([, number]) => Number(number));

describe('examples', () => {
  it('trainCustom ends before its tenth epoch, with 85% of the test images right', async () => {
    const { code, stdout, stderr } = await run('trainCustom');
    expect([code, stderr]).toEqual([0, '']);
    const accuracies = percentages(stdout);
    expect(accuracies.at(-1)).toBeGreaterThanOrEqual(85);
    expect(accuracies.length).toBeLessThan(10);
  });

  it('fineTune gets at least 80% of 2,000 test images right from 3,000 images and PyTorch’s features', async () => {
    const { code, stdout, stderr } = await run('fineTune');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('new: classifier.1.weight, classifier.1.bias');
    expect(percentages(stdout).at(-1)).toBeGreaterThanOrEqual(80);
  });

  it('customLayer checks its gradients and trains on worker threads to at least 60%', async () => {
    const { code, stdout, stderr } = await run('customLayer');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('gradcheck');
    expect(percentages(stdout).at(-1)).toBeGreaterThanOrEqual(60);
  });

  it('transferLearning leaves all 14 tensors of PyTorch’s features as they are and gets 90% of 1,000 images of other classes right', async () => {
    const { code, stdout, stderr } = await run('transferLearning');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain("14 of the features' 14 tensors are PyTorch's to the bit");
    expect(percentages(stdout).at(-1)).toBeGreaterThanOrEqual(90);
  });

  it('regression finds moves of −6 to 6 pixels to a pixel in the mean, where knowing nothing is off by 3.2', async () => {
    const { code, stdout, stderr } = await run('regression');
    expect([code, stderr]).toEqual([0, '']);
    expect(Number([...stdout.matchAll(/off by ([\d.]+)/g)].at(-1)?.[1])).toBeLessThan(1);
  });

  it('multiLabel gets 92% of the labels right, where knowing nothing gets 82%', async () => {
    const { code, stdout, stderr } = await run('multiLabel');
    expect([code, stderr]).toEqual([0, '']);
    expect(percentages(stdout).at(-1)).toBeGreaterThanOrEqual(92);
  });

  it('predictor serves 500 requests at once, at least 70% of them with the right class, and refuses what is no image', async () => {
    const { code, stdout, stderr } = await run('predictor');
    expect([code, stderr]).toEqual([0, '']);
    expect(percentages(stdout)[0]).toBeGreaterThanOrEqual(70);
    expect(stdout).toContain('the input has 8 numbers; expected whole samples of shape [1, 28, 28]');
  });

  it('onnxRuntime gets the same class for 200 of 200 images', async () => {
    const { code, stdout, stderr } = await run('onnxRuntime');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('onnxruntime-web gives 200 of 200 images the class that heddle gives');
  });
});

it('drawPictures draws circles, squares and triangles, of which train and predict make and use a model', async () => {
  const [pictures, weights] = [at('pictures'), at('run', 'model.safetensors')];
  const draw = await outcomeOf(startProcess(process.execPath, ['dist/examples/drawPictures.js', pictures, '6'], here));
  expect(draw).toEqual({ code: 0, stdout: expect.stringContaining('circle, square, triangle'), stderr: '' });
  const train = ['--data', pictures, '--image-size', '32', '--epochs', '1', '--out', at('run')];
  expect(await runCommand('train', train, here)).toMatchObject({ code: 0, stderr: '' });
  const { code, stdout, stderr } = await runCommand('predict', ['--weights', weights, pictures, '--json'], here);
  expect([code, stderr]).toEqual([0, '']);
  const events = jsonLines(stdout).map(({ event }) => event);
  expect(events).toEqual([...Array(18).fill('prediction'), 'summary']);
});

describe('a layer of one’s own on worker threads', () => {
  const program = (layerModules: readonly string[]) => `
    import { Flatten, Linear, Sequential, SGD, tensorDataset } from 'heddle';
    import { Trainer } from 'heddle/node';
    import { Softshrink } from './dist/examples/softshrink.js';
    const data = tensorDataset([[[1, 2], [3, 4]]], [0]);
    const trainer = new Trainer(new Sequential([new Flatten(), new Softshrink(), new Linear(4, 2)]), {
      inputShape: [1, 2, 2], optimizer: new SGD({ learningRate: 0.1 }), layerModules: ${JSON.stringify(layerModules)},
    });
    for await (const { epoch } of trainer.fit(data, { epochs: 1 })) console.log(epoch);
    await trainer.close();`;
  const outcome = (layerModules: readonly string[]) =>
    outcomeOf(startProcess(process.execPath, ['--input-type=module', '--eval', program(layerModules)], here));

  it('is known by the module that registers it, a path, relative or not, or a URL', async () => {
    const path = fileURLToPath(new URL('../dist/examples/softshrink.js', import.meta.url));
    for (const module of [
      'dist/examples/softshrink.js',
      path,
      new URL('../dist/examples/softshrink.js', import.meta.url).href,
    ])
      expect(await outcome([module])).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  });

  it.each([
    ['no module registers it', [], /no layer of type 'Softshrink'; there are .*registerLayer/],
    ['its module is not there', ['/nowhere/shrink.js'], /Cannot find module '\/nowhere\/shrink.js'/],
  ])('ends the run with WORKER and exit code 1 where %s', async (_, modules, message) => {
    const { code, stdout, stderr } = await outcome(modules);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("code: 'WORKER'");
  });
});
