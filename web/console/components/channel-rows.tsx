/** Channels with how many are on each, drawn to scale with the largest of them. */

import type { ChannelSummary } from '../console-api.ts';
import { count } from '../format.ts';
import type { Router } from '../router.ts';
import { ChannelKindTag } from './channel-kind.tsx';
import { Link } from './link.tsx';

export function ChannelRows({ router, app, channels }: { router: Router; app: string; channels: readonly ChannelSummary[] }) {
  const largest = Math.max(...channels.map(({ subscriptions }) => subscriptions), 1);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Channels">
      <table class="table table--channels">
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <th scope="col" class="table__number table__wide">
              Members
            </th>
            <th scope="col" class="table__number">
              Subscribers
            </th>
          </tr>
        </thead>
        <tbody>
          {channels.map((channel) => (
            <tr key={channel.name} class="table__row">
              <th scope="row">
                <span class="channel-name">
                  <Link router={router} to={{ page: 'channel', app, name: channel.name }} class="channel-name__link" title={channel.name}>
                    {channel.name}
                  </Link>
                  <ChannelKindTag channel={channel} />
                </span>
              </th>
              <td class="table__number table__wide">{channel.member_count === null ? <span class="faint">–</span> : count(channel.member_count)}</td>
              <td class="table__number">
                <span class="meter">
                  <span class="meter__number">{count(channel.subscriptions)}</span>
                  <svg class="meter__bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={Math.max(1, (channel.subscriptions / largest) * 100)} height="4" rx="2" />
                  </svg>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
