import uPlot from 'uplot';
import { html } from '../markup.js';

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** Its points in the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A custom property of the page's style, such as `--accent`. */
  readonly colour: string;
  readonly kind: 'faint' | 'strong' | 'dots' | 'dashed';
}

const widths = { faint: 1, strong: 2, dots: 2, dashed: 1.5 } as const;
const HEIGHT = 280;

/** Curves that can be pointed at, also by the arrow keys, and zoomed into by dragging; a double click shows all again. */
export class Curves {
  private chart: uPlot | undefined;
  private lines: readonly Line[] = [];
  private isZoomed = false;
  private readonly legend: HTMLElement;

  /** @param text what a value is called, on an axis with others that are a step apart */
  constructor(
    private readonly place: HTMLElement,
    private readonly text: (value: number, step?: number) => string,
    name: string,
  ) {
    place.tabIndex = 0;
    place.role = 'group';
    place.ariaLabel = `${name} by epoch; the arrow keys go along the curves`;
    place.classList.add('curves-box');
    this.legend = document.createElement('p');
    this.legend.className = 'legend';
    place.append(this.legend);
    place.addEventListener('keydown', (event) => this.step(event));
    place.addEventListener('blur', () => this.chart?.setCursor({ left: -10, top: -10 }));
    new ResizeObserver(() => this.chart?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.chart?.redraw(false));
  }

  show(lines: readonly Line[]): void {
    const isOther = identity(lines) !== identity(this.lines);
    this.lines = lines;
    const data = uPlot.join(lines.map(({ points }) => [points.map(([x]) => x), points.map(([, y]) => y)]));
    if (isOther) {
      this.chart?.destroy();
      this.chart = new uPlot(this.options(), data, (chart, init) => {
        this.legend.before(chart.root);
        init();
      });
    } else {
      this.chart?.setData(data, !this.isZoomed);
      if (this.isZoomed) this.chart?.redraw();
    }
    this.tell();
  }

  private options(): uPlot.Options {
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--hair'), width: 1 }, ticks: { show: false } };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    return {
      width: this.place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false }, sync: { key: 'run' }, points: { size: 7 } },
      scales: { x: { time: false } },
      axes: [
        { ...axis, font, size: 30 },
        {
          ...axis,
          font,
          size: 52,
          values: (_, values, __, ___, step) => values.map((value) => this.text(value, step)),
        },
      ],
      series: [{}, ...this.lines.map(series)],
      hooks: {
        setCursor: [() => this.tell()],
        setSelect: [
          () => {
            this.isZoomed = true;
          },
        ],
        ready: [
          ({ over }) =>
            over.addEventListener('dblclick', () => {
              this.isZoomed = false;
            }),
        ],
      },
    };
  }

  /** Goes to the point beside. */
  private step(event: KeyboardEvent): void {
    const { chart } = this;
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };
    const by = steps[event.key];
    if (!chart || by === undefined) return;
    event.preventDefault();
    const [xs] = chart.data;
    const index = Math.min(xs.length - 1, Math.max(0, (chart.cursor.idx ?? xs.length) + by));
    this.legend.ariaLive = 'polite';
    chart.setCursor({ left: chart.valToPos(xs[index], 'x'), top: 0 });
  }

  /** Says what the lines are at the pointer, or at their ends. */
  private tell(): void {
    const index = this.chart?.cursor.idx;
    const x = index == null ? Number.POSITIVE_INFINITY : (this.chart?.data[0][index] ?? Number.POSITIVE_INFINITY);
    const keys = this.lines
      .filter(({ kind }) => kind !== 'faint')
      .map(({ name, points, colour, kind }) => {
        const value = points.findLast((point) => point[0] <= x)?.[1];
        const said = value === undefined ? '–' : this.text(value);
        return html`<span class="key"><span class="line ${kind}" data-colour="${colour}"></span> ${name} <b>${said}</b></span> `;
      });
    const where = Number.isFinite(x) ? html`<span class="soft">epoch ${x.toFixed(2)}</span>` : undefined;
    this.legend.innerHTML = html`${keys}${where}`.text;
    for (const line of this.legend.querySelectorAll<HTMLElement>('.line'))
      line.style.setProperty('--colour', `var(${line.dataset.colour})`);
  }
}

const identity = (lines: readonly Line[]) =>
  JSON.stringify(lines.map(({ name, colour, kind }) => [name, colour, kind]));

/** Asked for at every drawing, so that it follows the change from light to dark. */
const colour = (property: string) => () => getComputedStyle(document.documentElement).getPropertyValue(property);

function series({ name, colour: property, kind }: Line): uPlot.Series {
  const stroke = colour(property);
  const isDots = kind === 'dots';
  return {
    label: name,
    stroke,
    width: widths[kind],
    spanGaps: true,
    points: { show: isDots, size: 6, fill: stroke },
    ...(kind === 'dashed' ? { dash: [5, 4] } : {}),
    ...(kind === 'faint' ? { alpha: 0.3 } : {}),
  };
}

/** The exponential moving average of a curve, without the bias of its beginning: as TensorBoard has it. */
export function smoothed(points: Line['points'], weight: number): Line['points'] {
  let mean = 0;
  return points.map(([x, y], i) => {
    mean = weight * mean + (1 - weight) * y;
    return [x, mean / (1 - weight ** (i + 1))];
  });
}
