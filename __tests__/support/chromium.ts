import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function executable(): string {
  const found = [process.env.CHROMIUM ?? '', ...usual].find((path) => existsSync(path));
  if (found) return found;
  throw new Error('Chromium is wanted here: apt-get install chromium, or CHROMIUM=/path/to/it');
}

/** @param graphics by default no graphics card, which tests have no use for */
export function launchBrowser(graphics: readonly string[] = ['--disable-gpu']): Promise<Browser> {
  const args = ['--headless', '--no-sandbox', '--disable-background-networking', ...graphics];
  return chromium.launch({ executablePath: executable(), args });
}
