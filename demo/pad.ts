import type { Image } from '../src/data/image.js';
import { canvasOf } from './pictures.js';

/** A line in percent of the pad's side. */
const WIDTH = 9;

/** A canvas to draw on, light on dark, with mouse, pen or finger.
 * @param drawn told after each movement of a stroke, with its last one */
export class Pad {
  readonly context: CanvasRenderingContext2D;
  /** Of the stroke that goes on. */
  private last: readonly [x: number, y: number] | undefined;
  /** Whether a picture is on it, for which a drawing takes the place. */
  private hasPicture = false;

  constructor(canvas: HTMLCanvasElement, drawn: () => void) {
    this.context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
    this.clear();
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      if (this.hasPicture) this.clear();
      this.last = this.place(event);
      this.lineTo(this.last);
      drawn();
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.last || !canvas.hasPointerCapture(event.pointerId)) return;
      this.lineTo(this.place(event));
      drawn();
    });
    for (const end of ['pointerup', 'pointercancel'])
      canvas.addEventListener(end, () => {
        this.last = undefined;
      });
  }

  clear(): void {
    const { context } = this;
    context.fillStyle = 'black';
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    this.hasPicture = false;
  }

  /** Shows a picture, its aspect ratio kept, until something is drawn. */
  show(image: Image): void {
    const { context } = this;
    const { width: side } = context.canvas;
    const scale = side / Math.max(image.width, image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    this.clear();
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(canvasOf(image), (side - width) / 2, (side - height) / 2, width, height);
    this.hasPicture = true;
  }

  private place({ offsetX, offsetY }: PointerEvent): readonly [number, number] {
    const { width, clientWidth } = this.context.canvas;
    return [(offsetX * width) / clientWidth, (offsetY * width) / clientWidth];
  }

  private lineTo(to: readonly [number, number]): void {
    const { context, last = to } = this;
    context.strokeStyle = '#e0e0e0';
    context.lineWidth = (WIDTH * context.canvas.width) / 100;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(...last);
    context.lineTo(...to);
    context.stroke();
    this.last = to;
  }
}
