/**
 * Tells the server how far we have read: the newest mark only, one request at a time. A mark that
 * could not be sent goes out with the next `flush`.
 */

export class ReadMarker {
  private wanted = 0;
  private confirmed = 0;
  private inFlight = false;

  constructor(private readonly send: (upToSeq: number) => Promise<void>) {}

  /** The server has this mark already. */
  startFrom(seq: number): void {
    this.confirmed = Math.max(this.confirmed, seq);
  }

  mark(upToSeq: number): void {
    this.wanted = Math.max(this.wanted, upToSeq);
    void this.flush();
  }

  async flush(): Promise<void> {
    if (this.inFlight || this.wanted <= this.confirmed) return;
    this.inFlight = true;
    const upToSeq = this.wanted;
    try {
      await this.send(upToSeq);
      this.confirmed = upToSeq;
    } catch {
      // Not worth a retry of its own: the owner flushes after its next success.
      return;
    } finally {
      this.inFlight = false;
    }
    void this.flush();
  }
}
