import { chooseCells } from './cells.js';

// The script of an evaluation's page. Without it cells are links to their pictures.
document.documentElement.classList.add('scripted');
chooseCells();
