import { fetchMnist } from '../src/data/mnist/fetchMnist.js';
import { oneLine, reason } from '../src/errors.js';
import { showRuns, smoothing } from '../src/pages/browser/runView.js';
import { numberText } from '../src/pages/format.js';
import { html } from '../src/pages/markup.js';
import { epochsSoFar, newHistory, type RunHistory, record } from '../src/pages/run/history.js';
import type { RunEvent } from '../src/training/events.js';
import { whyOneThread } from '../src/web.js';
import { Classifier } from './classifier.js';
import { ClassifierPanel } from './classifierPanel.js';
import { isolate } from './isolation.js';
import { commandOf, defaultSettings, networks, readSettings, type Settings, settingsText } from './settings.js';
import { Training } from './training.js';

const byId = <Element extends HTMLElement>(id: string) => document.getElementById(id) as Element;
const form = byId<HTMLFormElement>('settings');
const say = (what: unknown) => {
  byId('said').textContent = typeof what === 'string' ? what : oneLine(reason(what));
};

/** Fetched once. */
const fetched = new Map<'train' | 'test', ReturnType<typeof fetchMnist>>();
function images(split: 'train' | 'test') {
  const known = fetched.get(split);
  if (known) return known;
  const images = fetchMnist('fashion-mnist', split);
  fetched.set(split, images);
  images.catch(() => fetched.delete(split));
  return images;
}

const panel = new ClassifierPanel(() => images('test'), say);
let training: Training | undefined;
let history: RunHistory | undefined;
let isFetching = false;

/** Milliseconds from one look at a training to the next. */
const PERIOD = 250;

/** Says whether a period is over since it last said so. */
function everyPeriod(): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < PERIOD) return false;
    last = now;
    return true;
  };
}

async function start(): Promise<void> {
  if (training || isFetching) return;
  say('');
  try {
    const settings = settingsInForm();
    isFetching = true;
    show();
    const [trainSet, test] = await Promise.all([images('train'), images('test')]);
    await train(settings, { train: trainSet, test });
  } catch (error) {
    say(error);
  } finally {
    isFetching = false;
    training = undefined;
    show();
  }
}

async function train(settings: Settings, sets: Parameters<Training['run']>[0]): Promise<void> {
  const run = newHistory(`${settings.network}, learning rate ${settings.lr}`);
  const isDrawn = everyPeriod();
  const tell = (event: RunEvent) => {
    record(run, event);
    if (event.event === 'epoch') showHash(settings, event);
    if (!['step', 'evaluation'].includes(event.event) || isDrawn()) show();
  };
  const classifier = Classifier.of(networks[settings.network]());
  const isSeen = everyPeriod();
  const own = new Training(settings, tell, (isLong) => {
    if (!isSeen() && !isLong) return;
    classifier.load(own.trainer.stateDict());
    if (panel.isAsking(classifier)) panel.refresh();
  });
  if (history) run.before = history;
  history = run;
  training = own;
  isFetching = false;
  byId('repeat').hidden = true;
  panel.ask(classifier, 'Answers of the network that is trained here');
  panel.begin();
  await own.run(sets);
}

/** Brings the page up to what is known. */
function show(): void {
  byId('state').textContent = stateText();
  const focused = document.activeElement as HTMLElement | null;
  byId('start').hidden = training !== undefined;
  for (const name of ['pause', 'stop']) byId(name).hidden = training === undefined;
  if (focused?.hidden) byId(training ? 'pause' : 'start').focus();
  byId('pause').textContent = training?.paused ? 'Go on' : 'Pause';
  byId<HTMLFieldSetElement>('fields').disabled = isFetching || training !== undefined;
  if (history?.start) showRuns([history]);
}

function stateText(): string {
  if (isFetching) return 'Fetching Fashion-MNIST, 30 MB';
  if (!history) return 'Nothing is trained yet';
  if (training?.stopped) return 'Stopping';
  const far = `${numberText(epochsSoFar(history))} epochs`;
  if (training) return training.paused ? `Paused after ${far}` : 'Training';
  return history.end && !history.end.interrupted ? 'Trained to the end' : `Stopped after ${far}`;
}

function showHash(settings: Settings, { epoch, weightsHash }: { epoch: number; weightsHash: string }): void {
  byId('repeat').hidden = false;
  byId('hash').innerHTML =
    html`<p>After epoch ${epoch} the weights have this SHA-256, whatever the number of threads:</p>
<pre tabindex="0">${weightsHash}</pre>
<p>Node gives the same bits, in a clone of heddle’s repository:</p>
<pre tabindex="0">${commandOf(settings, epoch)}</pre>`.text;
}

/** What the form has, in the address too. */
function settingsInForm(): Settings {
  const given = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const settings = readSettings(given);
  window.history.replaceState(undefined, '', `#${settingsText(settings)}`);
  return settings;
}

function fillForm(settings: Settings): void {
  for (const [name, value] of Object.entries(settings))
    (form.elements.namedItem(name) as HTMLInputElement).value = String(value ?? '');
}

function readAddress(): void {
  if (training || isFetching) return;
  try {
    fillForm(readSettings(new URLSearchParams(location.hash.slice(1))));
    say('');
  } catch (error) {
    fillForm(defaultSettings);
    say(error);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
form.addEventListener('change', () => {
  try {
    settingsInForm();
    say('');
  } catch (error) {
    say(error);
  }
});
byId('pause').addEventListener('click', () => {
  training?.pauseOrGoOn();
  show();
});
byId('stop').addEventListener('click', () => {
  training?.stop();
  show();
});
addEventListener('hashchange', readAddress);
smoothing.addEventListener('input', show);
document.documentElement.classList.add('scripted');

if (!(await isolate())) {
  const why = whyOneThread();
  byId('threads').hidden = why === undefined;
  byId('threads').textContent = why ?? '';
  readAddress();
  show();
}
