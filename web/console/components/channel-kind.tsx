import type { ChannelSummary } from '../console-api.ts';

const WORDS: Record<ChannelSummary['kind'], string> = {
  public: 'Public',
  private: 'Private',
  encrypted: 'Encrypted',
  presence: 'Presence',
  user: 'User',
};

/** What kind of channel it is, in words. */
export function ChannelKindTag({ channel }: { channel: Pick<ChannelSummary, 'kind' | 'cache'> }) {
  return (
    <span class="tags">
      <span class={`tag tag--${channel.kind}`}>{WORDS[channel.kind]}</span>
      {channel.cache && <span class="tag">Cache</span>}
    </span>
  );
}
