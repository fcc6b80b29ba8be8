import { macroAccuracy, wilsonInterval } from './evaluationStatistics.js';
import type { EvaluationView } from './evaluationView.js';
import { countText, numberText, percentText } from './format.js';
import { html, type Markup } from './markup.js';

/** How good the model is. */
export function evaluationHeadline(view: EvaluationView): Markup {
  const { samples, mistakes, classes, title, data, created, loss } = view;
  const right = samples.length - mistakes.length;
  const [low, high] = wilsonInterval(right, samples.length);
  const facts = [
    ['pictures', samples.length.toLocaleString('en'), `of ${countText(classes.length, 'class', 'classes')}`],
    [
      'mistakes',
      mistakes.length.toLocaleString('en'),
      `${percentText(mistakes.length / samples.length)} of the pictures`,
    ],
    ['mean of the classes', percentText(macroAccuracy(classes)), 'each class counts the same'],
    ['loss', numberText(loss), 'mean cross-entropy'],
  ] as const;
  return html`<header>
<p class="kicker">Evaluation of ${data}, ${created}</p>
<h1>${title}</h1>
<div class="result">
<div><p class="figure">${percentText(right / samples.length)}</p>
<p class="verdict">of the pictures are named rightly. With 95% confidence <strong>${percentText(low, 1)} to ${percentText(high, 1)}</strong> of others like these would be.</p></div>
<dl class="facts">${facts.map(
    ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>
</div>
</header>`;
}
