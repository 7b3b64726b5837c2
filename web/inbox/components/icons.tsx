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
