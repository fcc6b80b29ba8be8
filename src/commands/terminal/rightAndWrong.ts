import { percentText } from '../../pages/format.js';
import { className, jsonLine, type Prediction } from './predictionText.js';

interface Count {
  images: number;
  right: number;
}

/** How many of the pictures in folders of their classes were taken for what they are. */
export class RightAndWrong {
  private readonly counts = new Map<string, Count>();

  add({ source, trueClass, top }: Prediction): void {
    if (!('file' in source) || trueClass === undefined) return;
    const count = this.counts.get(trueClass) ?? { images: 0, right: 0 };
    count.images++;
    if (top[0].class === trueClass) count.right++;
    this.counts.set(trueClass, count);
  }

  get isEmpty(): boolean {
    return this.counts.size === 0;
  }

  json(): string {
    const classes = this.inOrder().map(([name, count]) => ({ name, ...count, accuracy: count.right / count.images }));
    const { images, right } = this.sum();
    return jsonLine({ event: 'summary', images, right, accuracy: right / images, classes });
  }

  text(): string {
    const rows = this.inOrder().map(([name, count]) => ({ name: className(name), ...count }));
    const widest = Math.max(...rows.map(({ name }) => name.length));
    const digits = String(this.sum().images).length;
    const text = ({ images, right }: Count) =>
      `${String(right).padStart(digits)} of ${String(images).padStart(digits)}  ${percentText(right / images).padStart(7)}`;
    const lines = rows.map((row) => `  ${row.name.padEnd(widest)}  ${text(row)}`);
    return ['right by class', ...lines, `  ${'all'.padEnd(widest)}  ${text(this.sum())}`, ''].join('\n');
  }

  private inOrder() {
    return [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  private sum(): Count {
    const counts = [...this.counts.values()];
    const total = (key: keyof Count) => counts.reduce((sum, count) => sum + count[key], 0);
    return { images: total('images'), right: total('right') };
  }
}
