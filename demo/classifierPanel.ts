import type { MnistDataset } from '../src/data/mnist/mnistDataset.js';
import { fashionMnistClasses } from '../src/datasets/fashionMnistClasses.js';
import { drawInput, featureFigure, probabilityTable, verdictOf } from './answerView.js';
import { Classifier, type Picture } from './classifier.js';
import { Pad } from './pad.js';
import { colours, pictureIn, testPicture } from './pictures.js';

const byId = <Element extends HTMLElement>(id: string) => document.getElementById(id) as Element;

/** The part of the page where a person shows a network something, and sees what it says. */
export class ClassifierPanel {
  private readonly pad = new Pad(byId('pad'), () => this.take(this.drawn(), ''));
  private picture: Picture | undefined;
  private classifier: Classifier | undefined;
  private isWaiting = false;

  /** @param testSet fetches it
   * @param say shows a sentence, or what was thrown */
  constructor(
    private readonly testSet: () => Promise<MnistDataset>,
    private readonly say: (what: unknown) => void,
  ) {
    byId('clear').addEventListener('click', () => this.clear());
    byId('test').addEventListener('change', () => this.showTest());
    byId('next').addEventListener('click', () => {
      const number = byId<HTMLInputElement>('test');
      number.value = String((number.valueAsNumber + 1) % 10_000 || 0);
      this.showTest();
    });
    const input = byId<HTMLInputElement>('file');
    input.addEventListener('change', () => {
      this.open(input.files);
      input.value = ''; // so that the same file may be chosen again
    });
    byId('save').addEventListener('click', () => this.save());
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      this.open(event.dataTransfer?.files);
    });
  }

  /** @param about whose answers these are */
  ask(classifier: Classifier, about: string): void {
    this.classifier = classifier;
    byId('asked').textContent = about;
    byId<HTMLButtonElement>('save').disabled = false;
    this.refresh();
  }

  /** Shows a test picture where there is nothing yet. */
  begin(): void {
    if (!this.picture) this.showTest();
  }

  isAsking(classifier: Classifier | undefined): boolean {
    return this.classifier === classifier;
  }

  /** Shows what the network says now, at most once a frame. */
  refresh(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      try {
        this.show();
      } catch (error) {
        this.say(error);
      }
    });
  }

  private show(): void {
    const { picture, classifier } = this;
    const isAnswered = picture !== undefined && classifier !== undefined;
    byId('hint').hidden = isAnswered;
    byId('answer').hidden = !isAnswered;
    byId('features').hidden = true;
    if (!isAnswered) return;
    const answer = classifier.classify(picture);
    byId('features').hidden = answer.features.length === 0;
    const verdict = verdictOf(answer, classifier.classes);
    // What has not changed is not told again to those who listen.
    if (byId('verdict').textContent !== verdict) byId('verdict').textContent = verdict;
    byId('probabilities').innerHTML = probabilityTable(answer, classifier.classes).text;
    drawInput(byId('input'), answer);
    byId('strips').replaceChildren(...answer.features.map(featureFigure));
  }

  private take(picture: Picture | undefined, about: string): void {
    this.picture = picture;
    byId('shown').textContent = about;
    this.refresh();
  }

  private clear(): void {
    this.pad.clear();
    this.take(undefined, '');
  }

  private drawn(): Picture {
    return { image: colours(this.pad.context), isInput: false };
  }

  private async showTest(): Promise<void> {
    try {
      const test = await this.testSet();
      const index = Math.min(
        test.count - 1,
        Math.max(0, Math.trunc(byId<HTMLInputElement>('test').valueAsNumber) || 0),
      );
      const image = testPicture(test, index);
      this.pad.show(image);
      this.take({ image, isInput: true }, `Test picture ${index} is of: ${fashionMnistClasses[test.targets[index]]}`);
    } catch (error) {
      this.say(error);
    }
  }

  private async open(files: FileList | null | undefined): Promise<void> {
    const file = files?.[0];
    if (!file) return;
    this.say('');
    try {
      if (file.name.endsWith('.safetensors')) {
        const classifier = Classifier.from(new Uint8Array(await file.arrayBuffer()), file.name);
        this.ask(classifier, `Answers of ${file.name}`);
      } else {
        const image = await pictureIn(file);
        this.pad.show(image);
        this.take({ image, isInput: false }, file.name);
      }
    } catch (error) {
      this.say(error);
    }
  }

  private save(): void {
    if (!this.classifier) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([this.classifier.file()]));
    link.download = 'model.safetensors';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
