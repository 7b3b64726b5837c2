/** Icons, drawn on a grid of 20. Decoration only: what one means is said in words beside it or in a label. */

import type { ComponentChildren } from 'preact';

interface IconProps {
  /** Turns around where text runs from right to left. */
  directed?: boolean;
  children: ComponentChildren;
}

export function Icon({ directed, children }: IconProps) {
  return (
    <svg
      class={directed ? 'icon icon--directed' : 'icon'}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const BackIcon = () => (
  <Icon directed>
    <path d="M12 4.5 6.5 10l5.5 5.5" />
  </Icon>
);

export const SendIcon = () => (
  <Icon directed>
    <path d="M3.5 10h12M10.5 4.5 16 10l-5.5 5.5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M10 4v12M5 11l5 5 5-5" />
  </Icon>
);

export const ArrowUpIcon = () => (
  <Icon>
    <path d="M10 16V4.5M5.5 9 10 4.5 14.5 9" />
  </Icon>
);

export const ArrowDownIcon = () => (
  <Icon>
    <path d="M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m5 10.5 3.5 3.5L15 7" />
  </Icon>
);

export const ReadIcon = () => (
  <Icon>
    <path d="m2 10.5 3.5 3.5L12 7M9.5 13l1 1L17 7" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6" />
    <path d="M10 6.8V10l2.2 1.4" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 6.5v4M10 13.4v.1" />
  </Icon>
);

export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5Z" />
    <circle cx="10" cy="10" r="2.2" />
  </Icon>
);

export const EyeOffIcon = () => (
  <Icon>
    <path d="M3.5 7.6C2.8 8.7 2.5 10 2.5 10s2.7 5 7.5 5c1.2 0 2.3-.3 3.2-.8M8 5.2C8.6 5.1 9.3 5 10 5c4.8 0 7.5 5 7.5 5s-.7 1.3-2 2.6M3 3l14 14" />
  </Icon>
);

export const LogOutIcon = () => (
  <Icon directed>
    <path d="M12.5 6V4.5a1 1 0 0 0-1-1h-7a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V14M8 10h9M14.5 7.5 17 10l-2.5 2.5" />
  </Icon>
);

export const ChatIcon = () => (
  <Icon>
    <path d="M3.5 5.5a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-3.5 3v-3a2 2 0 0 1-2-2v-6Z" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M5 10h.1M10 10h.1M15 10h.1" stroke-width="2.4" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4.5v11M4.5 10h11" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M3.5 6h6M14 6h2.5M3.5 14H6M10.5 14h6" />
    <circle cx="11.8" cy="6" r="2.2" />
    <circle cx="8.2" cy="14" r="2.2" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5" />
    <path d="m12.8 12.8 3.7 3.7" />
  </Icon>
);

export const PersonIcon = () => (
  <Icon>
    <circle cx="10" cy="7" r="3" />
    <path d="M4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5" />
  </Icon>
);

export const UnassignedIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" stroke-dasharray="2.6 2.5" />
  </Icon>
);

export const AllIcon = () => (
  <Icon>
    <path d="M3.5 11.5 5.5 5a1.5 1.5 0 0 1 1.4-1h6.2a1.5 1.5 0 0 1 1.4 1l2 6.5v3.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-3.5Zm0 0h3.7l1.2 2h3.2l1.2-2h3.7" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M16 11.8A6.5 6.5 0 0 1 8.2 4a6.5 6.5 0 1 0 7.8 7.8Z" />
  </Icon>
);

export const TeamIcon = () => (
  <Icon>
    <circle cx="7.5" cy="7.5" r="2.6" />
    <path d="M2.5 15.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4M12.5 5.2a2.4 2.4 0 0 1 0 4.7M14.3 11.8c1.8.4 2.9 1.7 3.2 3.7" />
  </Icon>
);

export const ViewIcon = () => (
  <Icon>
    <path d="M5.5 3.5h9a.5.5 0 0 1 .5.5v12.5l-5-3.5-5 3.5V4a.5.5 0 0 1 .5-.5Z" />
  </Icon>
);

export const FilterIcon = () => (
  <Icon>
    <path d="M3.5 5.5h13M6 10h8M8.5 14.5h3" />
  </Icon>
);

export const SortIcon = () => (
  <Icon>
    <path d="M6.5 4v12M3.5 13l3 3 3-3M13.5 16V4M10.5 7l3-3 3 3" />
  </Icon>
);

export const MenuIcon = () => (
  <Icon>
    <path d="M3.5 5.5h13M3.5 10h13M3.5 14.5h13" />
  </Icon>
);

export const FlagIcon = () => (
  <Icon>
    <path d="M5 17V3.5M5 4.5c3-1.5 5 1.5 10 0v7.5c-5 1.5-7-1.5-10 0" />
  </Icon>
);

export const LabelIcon = () => (
  <Icon>
    <path d="M3.5 4.5a1 1 0 0 1 1-1h5l7 7a1 1 0 0 1 0 1.4l-4.6 4.6a1 1 0 0 1-1.4 0l-7-7v-5Z" />
    <path d="M7 7h.1" stroke-width="2.2" />
  </Icon>
);

export const KeyboardIcon = () => (
  <Icon>
    <rect x="2.5" y="5" width="15" height="10" rx="1.5" />
    <path d="M5.5 8h.1M8.5 8h.1M11.5 8h.1M14.5 8h.1M5.5 10.5h.1M14.5 10.5h.1M7.5 12.5h5" />
  </Icon>
);

export const ChartIcon = () => (
  <Icon>
    <path d="M3.5 3.5v13h13M7 13.5V10M10.5 13.5V6.5M14 13.5V9" />
  </Icon>
);

export const MentionIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="2.8" />
    <path d="M12.8 7.2v3.6a2 2 0 0 0 3.7 1A7 7 0 1 0 13.6 16" />
  </Icon>
);
