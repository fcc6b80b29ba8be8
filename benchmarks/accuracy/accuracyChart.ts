import { readFileSync, writeFileSync } from 'node:fs';

// Draws benchmarks/results/accuracy.svg: training and test accuracy by epoch, of the runs whose metrics.jsonl files are
// given and of PyTorch's reruns of the same settings.

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

// These are the numbers that accuracy.py printed.
const pytorch: readonly Series[] = [
  {
    name: 'PyTorch 1.13, seed 0',
    colour: '#57606a',
    train: [78.6, 89.3, 91.5, 92.6, 93.5],
    test: [87.0, 90.5, 86.4, 91.7, 92.2],
  },
  {
    name: 'PyTorch 1.13, seed 1',
    colour: '#8c959f',
    train: [77.7, 88.5, 90.8, 92.0, 93.0],
    test: [86.0, 89.0, 89.2, 90.7, 91.8],
  },
  {
    name: 'PyTorch 1.13, seed 2',
    colour: '#b7bdc5',
    train: [69.3, 83.4, 87.1, 89.0, 90.2],
    test: [80.1, 85.0, 87.6, 88.8, 89.8],
  },
];
const colours = ['#1f6feb', '#d9730d', '#2da44e'];

function readRun(path: string, index: number): Series {
  const epochs = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { trainAccuracy: number; testAccuracy: number });
  return {
    name: `heddle, seed ${index}`,
    colour: colours[index % colours.length],
    train: epochs.map(({ trainAccuracy }) => 100 * trainAccuracy),
    test: epochs.map(({ testAccuracy }) => 100 * testAccuracy),
  };
}

const [width, height, low, high] = [360, 250, 67, 95];
const margin = { left: 44, top: 34, bottom: 78 };
const y = (accuracy: number) => margin.top + ((high - accuracy) / (high - low)) * height;

function panel(title: string, left: number, runs: readonly Series[], key: 'train' | 'test'): string {
  const x = (epoch: number) => left + (epoch / 4) * (width - 40) + 20;
  const grid = [70, 75, 80, 85, 90, 95].map(
    (accuracy) =>
      `<line x1="${left}" x2="${left + width}" y1="${y(accuracy)}" y2="${y(accuracy)}" stroke="#d0d7de"/>` +
      `<text x="${left - 6}" y="${y(accuracy) + 4}" text-anchor="end">${accuracy}%</text>`,
  );
  const ticks = [0, 1, 2, 3, 4].map(
    (epoch) => `<text x="${x(epoch)}" y="${margin.top + height + 18}" text-anchor="middle">${epoch + 1}</text>`,
  );
  const lines = runs.map(
    (run) =>
      `<polyline fill="none" stroke="${run.colour}" stroke-width="2" points="${run[key].map((a, i) => `${x(i)},${y(a).toFixed(1)}`).join(' ')}"/>` +
      run[key].map((a, i) => `<circle cx="${x(i)}" cy="${y(a).toFixed(1)}" r="3" fill="${run.colour}"/>`).join(''),
  );
  return `<text x="${left}" y="20" font-weight="600">${title}</text>${[...grid, ...ticks, ...lines].join('\n')}`;
}

const runs = [...pytorch, ...process.argv.slice(2).map(readRun)];
const legendTop = margin.top + height + 36;
const legend = runs.map(
  ({ name, colour }, i) =>
    `<rect x="${margin.left + 190 * (i % 3)}" y="${legendTop + 18 * Math.floor(i / 3)}" width="14" height="4" fill="${colour}"/>` +
    `<text x="${margin.left + 190 * (i % 3) + 20}" y="${legendTop + 6 + 18 * Math.floor(i / 3)}">${name}</text>`,
);
const total = [2 * width + 2 * margin.left + 10, margin.top + height + margin.bottom];
writeFileSync(
  new URL('../../../benchmarks/results/accuracy.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.join(' ')}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<title>Training and test accuracy by epoch of heddle and PyTorch</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${panel('Training accuracy by epoch', margin.left, runs, 'train')}
${panel('Test accuracy by epoch', 2 * margin.left + width, runs, 'test')}
${legend.join('\n')}
</svg>
`,
);
