import { html, type Markup } from '../markup.js';

/** A section that a script fills, and shows as soon as it has something in it. */
const part = (name: string, title: string): Markup =>
  html`<section class="${name}-part" id="${name}" hidden><h2>${title}</h2><p></p><div class="content"></div></section>`;

const smoothing = html`<p class="smoothing" hidden><label for="smoothing">Smoothing of the curves</label> <input type="range" id="smoothing" min="0" max="0.99" step="0.01" value="0.9"></p>`;

/** The places where `showRuns` shows what is known of training runs, below its headline. */
export const runParts = html`${smoothing}
${part('accuracy', 'Accuracy')}
${part('loss', 'Loss')}
${part('epochs', 'Epochs')}
${part('rate', 'Learning rate')}
${part('filters', 'First layer')}
${part('norms', 'Norms')}
${part('confusions', 'Confusions')}
${part('mistakes', 'The surest mistakes')}
${part('about', 'Data, network, settings')}`;
