import * as v from 'valibot';
import { HeddleError } from '../errors.js';
import { read } from '../formats/schema.js';
import type { RunState } from '../pages/run/headline.js';
import { type RunHistory, record } from '../pages/run/history.js';
import { runPage } from '../pages/run/page.js';
import type { RunEvent, RunListener } from '../training/events.js';
import { PageServer } from './server.js';

/** Milliseconds between two messages to a page. */
const INTERVAL = 250;

/** The page of a run that goes on. A page that is opened late, or again, is sent all that was; nothing but that is kept for a page
 * that nobody has open. */
export class LivePage {
  private readonly stopping = new AbortController();
  private state: RunState = { paused: false, stopping: false };
  /** Lets a run that is paused go on. */
  private goOn = () => {};
  /** What the open pages have not been told. */
  private untold: RunEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private server!: PageServer;
  /** Ends the training when the page's reader stops it, or when the signal does that the page was opened with. */
  readonly signal: AbortSignal;

  private constructor(
    private readonly history: RunHistory,
    interruption: AbortSignal | undefined,
  ) {
    this.signal = interruption ? AbortSignal.any([interruption, this.stopping.signal]) : this.stopping.signal;
    this.signal.addEventListener('abort', () => this.change({ paused: false, stopping: true }));
  }

  /** @param history what was before; it is added to
   * @param options `signal` stops the training; without `controls` the page only shows
   * @throws HeddleError STATE where no port is to be had */
  static async open(
    history: RunHistory,
    { signal, controls }: { readonly signal?: AbortSignal | undefined; readonly controls: boolean },
  ): Promise<LivePage> {
    const page = new LivePage(history, signal);
    page.server = await PageServer.open({
      page: runPage(history.title, controls),
      opening: () => {
        page.tell(); // so that no event comes twice
        return [
          ['state', page.state],
          ['histories', [history]],
        ];
      },
      ...(controls ? { control: (request: unknown) => page.control(request) } : {}),
    });
    return page;
  }

  get address(): string {
    return this.server.address;
  }

  /** Hears of the run, which waits behind a step while it is paused. */
  readonly listener: RunListener = (event) => {
    record(this.history, event);
    if (this.server.hasReaders) this.untold.push(event);
    this.timer ??= setTimeout(() => this.tell(), INTERVAL);
    if (event.event !== 'step' || !this.state.paused) return undefined;
    return new Promise<void>((resolve) => {
      this.goOn = resolve;
    });
  };

  /** The learning rate that was asked for since it was last taken. */
  takeLearningRate(): number | undefined {
    const { learningRate, ...others } = this.state;
    if (learningRate !== undefined) this.change(others);
    return learningRate;
  }

  /** Tells the reader why what was asked for could not be done. */
  refuse(refusal: string): void {
    this.change({ ...this.state, refusal });
  }

  /** Tells the reader that the run ends by an error. */
  fail(failure: string): void {
    this.change({ ...this.state, failure });
  }

  /** Ends, once all has been told. */
  async close(): Promise<void> {
    this.tell();
    this.server.send(['over', {}]);
    await this.server.close();
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.untold.length > 0) this.server.send(['events', this.untold]);
    this.untold = [];
  }

  private change(state: RunState): void {
    this.state = state;
    this.server.send(['state', state]);
    if (!state.paused) this.goOn();
  }

  private control(request: unknown): void {
    const asked = read(controls, request, (message) => new HeddleError('ARGUMENT', message));
    const { refusal, ...state } = this.state;
    if (asked.command === 'learningRate') this.change({ ...state, learningRate: asked.learningRate });
    else if (asked.command === 'stop') this.stopping.abort();
    else this.change({ ...state, paused: asked.command !== 'continue' });
    // It is paused again behind that step.
    if (asked.command === 'step') this.goOn();
  }
}

const rate = 'a learning rate of 0 or more';
const controls = v.variant('command', [
  v.strictObject({ command: v.picklist(['pause', 'step', 'continue', 'stop']) }),
  v.strictObject({
    command: v.literal('learningRate'),
    learningRate: v.pipe(v.number(rate), v.finite(rate), v.minValue(0, rate)),
  }),
]);
