// An 8254 counter that is clocked pulse by pulse, as the mode definitions of the data sheet tell it: slow and plain, to check the one
// that jumps. Binary counting, counts written whole.

export class ClockedCounter {
  out = false;
  element = 0;
  #mode = 0;
  #count = 0;
  #counted = false;
  #gate = true;
  #load = false;
  #loaded = false;
  #ending = false;
  #strobe = false;
  #odd = 0;

  get mode(): number {
    return this.#mode;
  }

  program(mode: number): void {
    this.#mode = mode;
    this.#counted = this.#load = this.#loaded = this.#ending = this.#strobe = false;
    this.out = mode !== 0;
  }

  write(count: number): void {
    this.#count = count;
    this.#counted = true;
    if (this.#mode === 0) this.out = this.#ending = false;
    if (this.#mode === 0 || this.#mode === 4 || ([2, 3].includes(this.#mode) && !this.#loaded)) this.#load = true;
  }

  gate(level: boolean): void {
    const trigger = level && !this.#gate;
    this.#gate = level;
    if (trigger && this.#counted && [1, 2, 3, 5].includes(this.#mode)) this.#load = true;
    if (!level && (this.#mode === 2 || this.#mode === 3)) {
      this.out = true;
      this.#running = false;
    }
  }

  #running = false;

  clock(): void {
    if (this.#strobe) {
      this.#strobe = false;
      this.out = true;
    }
    if (this.#load) {
      this.#loadElement();
      return;
    }
    if (!this.#loaded) return;
    if ([0, 4].includes(this.#mode) && !this.#gate) return;
    if (this.#mode === 2) this.#clockRate();
    else if (this.#mode === 3) this.#clockSquare();
    else this.#clockOnce();
  }

  #loadElement(): void {
    this.#load = false;
    this.#loaded = true;
    this.#running = this.#gate;
    this.element = this.#count;
    this.#ending = true;
    if (this.#mode === 1) this.out = false;
    if (this.#mode === 2 || this.#mode === 3) this.out = true;
    if (this.#mode === 3) this.#startHalf();
  }

  #clockOnce(): void {
    this.element = (this.element - 1) & 0xffff;
    if (this.element !== 0 || !this.#ending) return;
    this.#ending = false;
    this.out = this.#mode < 2;
    this.#strobe = this.#mode > 3;
  }

  #clockRate(): void {
    if (!this.#running) return;
    this.element--;
    if (this.element === 1) this.out = false;
    if (this.element > 0) return;
    this.out = true;
    this.element = this.#count;
  }

  // "One CLK pulse after the count expires" for the high half of an odd count, at once otherwise.
  #clockSquare(): void {
    if (!this.#running) return;
    this.element -= 2;
    if (this.element > 0) return;
    if (this.#odd === 1 && this.out && this.element === 0) return;
    this.out = !this.out;
    this.#startHalf();
  }

  #startHalf(): void {
    this.#odd = this.#count & 1;
    this.element = this.#count - this.#odd;
  }
}
