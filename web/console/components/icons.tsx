/** Icons that only the console has; their frame is the inbox's, as are some icons. */

import { Icon } from '../../inbox/components/icons.tsx';

export { BackIcon, LogOutIcon, SendIcon } from '../../inbox/components/icons.tsx';

export const OverviewIcon = () => (
  <Icon>
    <path d="M3 10h3l2.2-5.5 3.6 11L14 10h3" />
  </Icon>
);

export const ChannelsIcon = () => (
  <Icon>
    <path d="M7.8 3.5 6.2 16.5M13.8 3.5l-1.6 13M4 7.5h12.5M3.5 12.5H16" />
  </Icon>
);

export const ConnectionsIcon = () => (
  <Icon>
    <path d="M8.5 11.5 11.5 8.5M9.5 6l1.8-1.8a3.2 3.2 0 0 1 4.5 4.5L14 10.5M10.5 14l-1.8 1.8a3.2 3.2 0 0 1-4.5-4.5L6 9.5" />
  </Icon>
);

export const LiveIcon = () => (
  <Icon>
    <path d="M4 5h12M4 9h8M4 13h10M4 17h5" />
  </Icon>
);

export const WebhooksIcon = () => (
  <Icon>
    <circle cx="10" cy="5.5" r="2.5" />
    <circle cx="5" cy="14.2" r="2.5" />
    <circle cx="15" cy="14.2" r="2.5" />
    <path d="M8.9 7.8 6.2 12M11.3 7.7l2.5 4.2M7.6 14.2h4.8" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5.2" />
    <path d="m13 13 3.8 3.8" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M7 4.5v11M13 4.5v11" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M6.5 4.5v11l9-5.5-9-5.5Z" />
  </Icon>
);

export const ClearIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="m5.5 5.5 9 9" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="9.5" height="9.5" rx="1.5" />
    <path d="M13 4.8v-.3a1 1 0 0 0-1-1H4.5a1 1 0 0 0-1 1V12a1 1 0 0 0 1 1h.3" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="m7.5 5 5 5-5 5" />
  </Icon>
);
