import { createHash } from 'node:crypto';
import uplot from 'uplot/dist/uPlot.min.css';
import { document } from '../document.js';
import { html } from '../markup.js';
import script from '../run.script.txt';
import evaluation from '../style/evaluation.css';
import media from '../style/media.css';
import page from '../style/page.css';
import palette from '../style/palette.css';
import plots from '../style/plots.css';
import run from '../style/run.css';
import { runParts } from './parts.js';

export interface RunPage {
  readonly html: string;
  /** Content-Security-Policy: its own script and style alone, and requests to the server that it comes from. */
  readonly policy: string;
}

/** The page of a training run, or of several side by side, before it knows anything of them: its script asks its server.
 * @param controls whether it can pause the run, stop it and change its learning rate */
export function runPage(title: string, controls: boolean): RunPage {
  const styles = [palette, page, plots, evaluation, uplot, run, media];
  // Attributes have the shares of the confusion matrix; their values are numbers of ours.
  const policy = [
    "default-src 'none'",
    "connect-src 'self'",
    'img-src data:',
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(styles.join('\n'))}`,
    "style-src-attr 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const body = html`<main class="run evaluation">
<header><p class="kicker" id="state" role="status"></p><h1>${title}</h1><div class="result" id="headline"></div></header>
${controls ? controlBar : undefined}
${runParts}
</main>`;
  return { html: document({ title, styles, script, policy }, body), policy };
}

/** The text of an element begins with the line break that `document` puts there. */
const hashOf = (text: string) => `'sha256-${createHash('sha256').update(`\n${text}`).digest('base64')}'`;

const controlBar = html`<form class="controls" id="controls">
<button type="button" data-command="pause">Pause</button><button type="button" data-command="continue" hidden>Go on</button>
<button type="button" data-command="step">One step</button><button type="button" data-command="stop">Stop and save</button>
<label>Learning rate <input type="number" name="learningRate" min="0" step="any" autocomplete="off" required></label><button type="submit">Change</button>
<output></output>
</form>`;
