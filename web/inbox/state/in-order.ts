/** Answers to the same question may overtake each other; an older one is not taken after a newer. */
export class InOrder {
  private asked = 0;
  private taken = 0;

  /** At each question; what it gives tells, when the answer is there, whether to take it. */
  ask(): () => boolean {
    const mine = (this.asked += 1);
    return () => {
      if (mine < this.taken) return false;
      this.taken = mine;
      return true;
    };
  }
}
