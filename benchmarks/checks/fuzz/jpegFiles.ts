/**
 * JPEG files of one picture, 20×17 pixels of red 12·x, green 12·y and blue 228 − 12·x, at quality 60: progressive in colour
 * with ten scans (by Pillow), and grey with restart markers (by cjpeg); and at quality 80 without Huffman tables, as webcams
 * send them (by jpeg-js, whose standard ones were cut out). With what they show, and how far from it they may be.
 */
export const jpegFiles = [
  { ...picture(3), bytes: bytesOf(progressive()), error: 20 },
  { ...picture(1), bytes: bytesOf(grey()), error: 4 },
  { ...picture(3), bytes: bytesOf(withoutTables()), error: 10 },
] as const;

function picture(channels: 1 | 3) {
  const [width, height] = [20, 17];
  const pixels = Array.from({ length: width * height }, (_, p) => {
    const [x, y] = [p % width, Math.floor(p / width)];
    const [red, green, blue] = [12 * x, 12 * y, 228 - 12 * x];
    return channels === 3 ? [red, green, blue] : [0.299 * red + 0.587 * green + 0.114 * blue];
  });
  return { width, height, channels, pixels: pixels.flat() };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function progressive(): string {
  return (
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQ' +
    'YEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgARCAARABQD' +
    'ASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAAMEBQH/xAAXAQEAAwAAAAAAAAAAAAAAAAAFAQMG/9oADAMBAAIQAxAAAAHk22VvjE6QVbyw' +
    'hnKgVf8A/8QAGBAAAwEBAAAAAAAAAAAAAAAAAAECEhD/2gAIAQEAAQUCUCgwKBQYELn/xAAXEQEAAwAAAAAAAAAAAAAAAAAAAQME/9oACAEDAQE/' +
    'Ac1yLmZD/8QAFxEBAAMAAAAAAAAAAAAAAAAAAAEDBP/aAAgBAgEBPwHVam1qS//EABQQAQAAAAAAAAAAAAAAAAAAADD/2gAIAQEABj8CH//EABYQ' +
    'AQEBAAAAAAAAAAAAAAAAAAEQAP/aAAgBAQABPyGAUBQb/9oADAMBAAIAAwAAABCTKEL/xAAYEQADAQEAAAAAAAAAAAAAAAAAASExQf/aAAgBAwEB' +
    'PxDGkVTgwj//xAAYEQEAAwEAAAAAAAAAAAAAAAAAASExQf/aAAgBAgEBPxDZZLtqX//EABgQAAMBAQAAAAAAAAAAAAAAAAAxYSEQ/9oACAEBAAE/' +
    'EJkTFESZiuqH/9k='
  );
}

function grey(): string {
  return (
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQ' +
    'YEpRUk//wAALCAARABQBAREA/8QAFwABAQEBAAAAAAAAAAAAAAAABAYCBf/EABoQAAIDAQEAAAAAAAAAAAAAAAADAgRhMSH/3QAEAAL/2gAIAQEA' +
    'AD8AlFUsFrpYf//Q5EaXnB66WH//0dqpYJjS84f/0lrFqP/ToI8P/9k='
  );
}

function withoutTables(): string {
  return (
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKS' +
    'gBBwcHCggKEwoKEygaFhooKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKP/AABEIABEAFAMBEQACEQEDEQH/2gAM' +
    'AwEAAhEDEQA/APIrXReny1+pZritzhy3G7amxa6L0+WvzbNcVufoGW43bU1I9F+UfLXwOIxX7xn21DG+4tTftdF6fLX7HmuK3P5cy3G7amxa6L0+WvzbNc' +
    'VufoGW43bU1I9F+QfLXwOIxX7xn21DG+4tRLWv3LNep/N+W9DXte1fm2a9T9Ay3oakf3BXwOI/iM+2ofAj/9k='
  );
}
