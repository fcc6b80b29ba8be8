import type { Calibration, CalibrationBin } from './evaluationStatistics.js';
import { percentText } from './format.js';
import { html, type Markup } from './markup.js';
import { across, plot, stretched, up } from './plot.js';

const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, label: percentText(at, 0) }));

/** A reliability diagram: accuracy over probability, and below it how many predictions each of its bars is of. */
export function calibrationChart({ bins, error }: Calibration): Markup {
  const filled = bins.map((bin, i) => ({ ...bin, left: i / 10 })).filter(({ count }) => count > 0);
  const bars = filled.map(
    ({ left, accuracy }) =>
      html`<rect class="bin" x="${across(left + 0.006)}" width="8.8%" y="${up(accuracy)}" height="${across(accuracy)}"/>`,
  );
  const means = filled.map(
    ({ left, confidence }) =>
      html`<line class="mean" x1="${across(left)}" x2="${across(left + 0.1)}" y1="${up(confidence)}" y2="${up(confidence)}"/>`,
  );
  const label = `Accuracy by probability: ${filled.map(binText).join('; ')}. Expected calibration error ${percentText(error)}.`;
  return html`<div>${plot({ label, kind: 'reliability', yTicks: ticks }, [
    stretched(html`<path class="ideal" d="M0 100L100 0"/>`),
    bars,
    means,
  ])}
${counts(bins)}</div>
<p class="legend"><span class="key"><svg class="swatch" aria-hidden="true"><rect class="bin" width="100%" height="100%"/></svg> accuracy</span> <span class="key"><svg class="swatch" aria-hidden="true"><line class="mean" x1="0" x2="100%" y1="50%" y2="50%"/></svg> mean probability, where the bar should end</span></p>`;
}

const binText = ({ count, confidence, accuracy }: CalibrationBin) =>
  `${count} at ${percentText(confidence, 0)}, ${percentText(accuracy, 0)} right`;

/** `7.6K` where there is no room for more. */
const short = new Intl.NumberFormat('en', { notation: 'compact' });

function counts(bins: readonly CalibrationBin[]): Markup {
  const most = Math.max(...bins.map(({ count }) => count));
  const columns = bins.map(({ count }, i) => {
    const height = count / most;
    return html`<rect class="count" x="${across(i / 10 + 0.006)}" width="8.8%" y="${up(height)}" height="${across(height)}"/>
<text x="${across(i / 10 + 0.05)}" y="${up(height)}" dy="-5" text-anchor="middle">${count > 0 ? short.format(count) : ''}</text>`;
  });
  const label = 'How many predictions have which probability.';
  return plot({ label, kind: 'counts', xTicks: ticks }, columns);
}
