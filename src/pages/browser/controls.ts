import type { RunState } from '../run/headline.js';
import type { RunHistory } from '../run/history.js';

const form = document.querySelector<HTMLFormElement>('#controls');

/** Sends what a person asks of the run to its server, and says what that answers if it refuses. */
export function offerControls(): void {
  for (const button of buttons()) button.addEventListener('click', () => send({ command: button.dataset.command }));
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    send({ command: 'learningRate', learningRate: rate().valueAsNumber });
  });
}

/** Shows the buttons that do something now, and the learning rate until a person types another. */
export function showControls(state: RunState, run: RunHistory, isConnected: boolean): void {
  if (!form) return;
  const { paused, stopping, learningRate, refusal, failure } = state;
  form.hidden = run.end !== undefined || failure !== undefined || !isConnected;
  const given = learningRate ?? ownRate(run);
  if (document.activeElement !== rate()) rate().value = given === undefined ? '' : String(given);
  const isHidden: Readonly<Record<string, boolean>> = { pause: paused, continue: !paused };
  for (const button of buttons()) {
    button.hidden = isHidden[button.dataset.command ?? ''] ?? false;
    button.disabled = stopping;
  }
  if (learningRate !== undefined) say(`A learning rate of ${learningRate} from the next step on.`);
  else if (refusal !== undefined) say(refusal);
}

/** The optimizer's, which a schedule multiplies. */
function ownRate({ changes, start }: RunHistory): number | undefined {
  const { optimizer } = (start?.config ?? {}) as { readonly optimizer?: { readonly learningRate?: number } };
  return changes.at(-1)?.learningRate ?? optimizer?.learningRate;
}

async function send(command: object): Promise<void> {
  say('');
  try {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('control', { method: 'POST', headers, body: JSON.stringify(command) });
    if (!answer.ok) say(await answer.text());
  } catch {
    say('The training process does not answer.');
  }
}

const buttons = () => form?.querySelectorAll<HTMLButtonElement>('[data-command]') ?? [];
const rate = () => form?.elements.namedItem('learningRate') as HTMLInputElement;
const say = (text: string) => {
  const output = form?.querySelector('output');
  if (output) output.textContent = text;
};
