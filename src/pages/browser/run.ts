import type { RunEvent } from '../../training/events.js';
import { type RunState, stateText } from '../run/headline.js';
import { type RunHistory, record } from '../run/history.js';
import { offerControls, showControls } from './controls.js';
import { showRuns, smoothing } from './runView.js';

// The script of a training run's page: its server sends what there is, and then what happens.
let runs: RunHistory[] = [];
let state: RunState | undefined;
let isConnected = true;
let isWaiting = false;
/** Milliseconds to the next drawing. */
let wait = 500;

function show(): void {
  const [run] = runs;
  if (run === undefined) return;
  const said = runs.length > 1 ? 'Training runs' : `Training run, ${stateText(run, state, isConnected)}`;
  (document.getElementById('state') as HTMLElement).textContent = said;
  showRuns(runs);
  if (state) showControls(state, run, isConnected);
}

/** Draws at most twice a second, and not while nobody looks. The training may want the same cores: drawing takes a two hundredth
 * of one's time, unless it would come less often than every three seconds. */
function draw(): void {
  if (isWaiting) return;
  isWaiting = true;
  const drawn = () => {
    isWaiting = false;
    const start = performance.now();
    show();
    wait = Math.min(3000, Math.max(500, 200 * (performance.now() - start)));
  };
  setTimeout(() => requestAnimationFrame(drawn), wait);
}

const source = new EventSource('events');
const on = <Data>(name: string, take: (data: Data) => void) =>
  source.addEventListener(name, ({ data }) => {
    isConnected = true;
    take(JSON.parse(data));
    draw();
  });
on('histories', (histories: RunHistory[]) => {
  runs = histories;
  show();
});
on('events', (events: RunEvent[]) => {
  for (const event of events) record(runs[0], event);
});
on('state', (given: RunState) => {
  state = given;
});
on('over', () => source.close());
source.addEventListener('error', () => {
  isConnected = false;
  draw();
});
smoothing.addEventListener('input', show);
offerControls();
document.documentElement.classList.add('scripted');
