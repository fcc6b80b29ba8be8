import { html, type Markup } from '../src/pages/markup.js';
import { runParts } from '../src/pages/run/parts.js';
import { type Settings, TRAINING_IMAGES } from './settings.js';

/** What is in its folder, and pictures that it has made itself. The package ndarray compiles its views from text, which holds
 * numbers of axes alone; the styles of attributes are shares of bars. */
const policy = [
  "default-src 'none'",
  "connect-src 'self'",
  'img-src data: blob:',
  "script-src 'self' 'unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const number = (name: keyof Settings, label: string, attributes: Markup): Markup =>
  html`<label>${label} <input type="number" name="${name}" ${attributes} autocomplete="off"></label>`;

const settings = html`<form class="settings" id="settings" novalidate>
<fieldset id="fields" aria-label="Settings">
<label>Network <select name="network"><option value="lenet5">LeNet-5, small</option><option value="fashion">fashion, large</option></select></label>
${number('lr', 'Learning rate', html`min="0" step="any"`)}
${number('batch-size', 'Images a step', html`min="1" max="1000"`)}
${number('epochs', 'Epochs', html`min="1" max="1000"`)}
${number('limit', 'Training images', html`min="1" max="${TRAINING_IMAGES}"`)}
${number('seed', 'Seed', html`min="0"`)}
${number('workers', 'Threads', html`min="1" max="64" placeholder="all"`)}
</fieldset>
<div class="controls">
<button id="start">Train</button><button type="button" id="pause" hidden>Pause</button><button type="button" id="stop" hidden>Stop</button>
<button type="button" id="save" disabled>Save the weights</button>
<output id="said"></output>
</div></form>`;

const classifier = html`<section class="classifier-part"><h2>Show it something</h2>
<p>Draw a garment, choose a test picture, or drop a picture of your own, or a <code>model.safetensors</code> of heddle’s, on this page.</p>
<div class="classifier">
<div><canvas id="pad" width="280" height="280" role="img" aria-label="A pad to draw on; without a pointer choose a test picture"></canvas>
<div class="tools"><button type="button" id="clear">Clear</button>
<label>Test picture <input type="number" id="test" min="0" max="9999" value="0"></label><button type="button" id="next">Next</button>
<label class="file">Open a file <input type="file" id="file" accept="image/*,.safetensors"></label></div>
<p class="soft" id="shown" role="status"></p></div>
<p class="soft" id="hint">Press Train, and draw: what the network takes it for stands here, and changes while it learns.</p>
<div id="answer" hidden><p class="soft" id="asked"></p><p class="prediction" id="verdict" role="status"></p>
<div id="probabilities"></div>
<p class="gets"><canvas id="input" role="img" aria-label="The picture as the network gets it"></canvas> <span class="soft">what the network gets</span></p></div>
</div></section>
<section id="features" hidden><h2>What its convolutions make of it</h2>
<p>Each channel from its smallest value, black, to its largest, white.</p><div class="strips" id="strips"></div></section>`;

/** The page of the demo, whose script and style lie beside it. */
export const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>heddle trains in this page</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
</head>
<body>
<main class="run evaluation demo">
<header><p class="kicker" id="state" role="status"></p><h1>A neural network learns, in this page</h1>
<p class="lead">heddle trains it here, on all cores of this machine, to tell ten kinds of clothes apart: nothing is sent anywhere, and the
weights have the same bits that Node gives.</p>
<p class="note" id="threads" hidden></p></header>
${settings}
<div class="result" id="headline"></div>
${classifier}
${runParts}
<section id="repeat" hidden><h2>The same bits</h2><div class="content" id="hash"></div></section>
</main>
<script type="module" src="demo.js"></script>
</body>
</html>
`.text;
