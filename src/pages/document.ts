import { type Content, html, Markup } from './markup.js';

interface Document {
  readonly title: string;
  readonly styles: readonly string[];
  readonly script: string;
  /** Content-Security-Policy; by default what is in the file may run, and nothing may be loaded. */
  readonly policy?: string;
}

const inFile = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** An HTML file that loads nothing: its pictures are in it, as its style and its script are. */
export const document = ({ title, styles, script, policy = inFile }: Document, body: Content): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<title>${title}</title>
<style>
${new Markup(styles.join('\n'))}</style>
</head>
<body>
${body}
<script>
${new Markup(script)}</script>
</body>
</html>
`.text;

/** A part of a page, with what it shows said in a sentence. */
export const section = (className: string, title: string, text: Content, content: Content): Markup =>
  html`<section class="${className}"><h2>${title}</h2><p>${text}</p>
${content}</section>
`;
