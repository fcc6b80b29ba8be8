import { brushAxes } from './brush.js';
import { offerCopies } from './copy.js';
import { followPointer } from './point.js';
import { sortByColumns } from './sort.js';

// The script of a study's page. Without it the page shows the same; it cannot be pointed at, brushed, sorted or copied.
document.documentElement.classList.add('scripted');
followPointer();
brushAxes();
sortByColumns();
offerCopies();
// Where there is not room for all axes, the important ones and the accuracy come into view first.
for (const box of document.querySelectorAll('.threads-part .scroll')) box.scrollLeft = box.scrollWidth;
