/** The icons of a conversation: of its messages, its files and its composer. */

import { Icon } from '../icons.tsx';

export const FileIcon = () => (
  <Icon>
    <path d="M11.5 2.5H6a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 6 17.5h8a1.5 1.5 0 0 0 1.5-1.5V6.5l-4-4Zm0 0v4h4" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3.5v9m0 0L6.5 9m3.5 3.5L13.5 9M4 16.5h12" />
  </Icon>
);

export const CrossIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);

export const ZoomInIcon = () => (
  <Icon>
    <path d="M9 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm3.6-1.4L16.5 16.5M9 7v4M7 9h4" />
  </Icon>
);

export const ZoomOutIcon = () => (
  <Icon>
    <path d="M9 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm3.6-1.4L16.5 16.5M7 9h4" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M7 4.5v11l8.5-5.5L7 4.5Z" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M7.5 5v10M12.5 5v10" />
  </Icon>
);

export const QuoteIcon = () => (
  <Icon directed>
    <path d="M8.5 5 4 9.5 8.5 14M4 9.5h7a5 5 0 0 1 5 5v1" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M8.5 11.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-2.6 2.6a3 3 0 0 0 4.2 4.2l1-1" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="M7 7V4.5A1 1 0 0 1 8 3.5h7.5a1 1 0 0 1 1 1V12a1 1 0 0 1-1 1H13M4.5 7H12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H4.5a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1Z" />
  </Icon>
);

export const PencilIcon = () => (
  <Icon>
    <path d="m4 16 .8-3.4L13 4.4a1.5 1.5 0 0 1 2.1 0l.5.5a1.5 1.5 0 0 1 0 2.1L7.4 15.2 4 16Z" />
  </Icon>
);

export const TrashIcon = () => (
  <Icon>
    <path d="M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.8 11h7.4l.8-11" />
  </Icon>
);

export const ClipIcon = () => (
  <Icon>
    <path d="m16 9.5-6.5 6.3a3.8 3.8 0 0 1-5.4-5.4l6.7-6.6a2.6 2.6 0 0 1 3.7 3.7L8 14a1.3 1.3 0 0 1-1.9-1.9l5.7-5.6" />
  </Icon>
);

export const SmileIcon = () => (
  <Icon>
    <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm-3-5.5c1.4 2 4.6 2 6 0M7.5 8v.01M12.5 8v.01" />
  </Icon>
);

export const MicrophoneIcon = () => (
  <Icon>
    <path d="M10 12.5a2.7 2.7 0 0 0 2.7-2.7V5.7a2.7 2.7 0 0 0-5.4 0v4.1A2.7 2.7 0 0 0 10 12.5Zm-5-3a5 5 0 0 0 10 0M10 14.5V17" />
  </Icon>
);

export const BoltIcon = () => (
  <Icon>
    <path d="M11 2.5 4.5 11.5H10l-1 6L15.5 8.5H10l1-6Z" />
  </Icon>
);

export const BoldIcon = () => (
  <Icon>
    <path d="M6.5 4h4a3 3 0 0 1 0 6h-4V4Zm0 6h4.7a3 3 0 0 1 0 6H6.5v-6Z" />
  </Icon>
);

export const ItalicIcon = () => (
  <Icon>
    <path d="M9 4h5M6 16h5M11.5 4l-3 12" />
  </Icon>
);

export const CodeIcon = () => (
  <Icon>
    <path d="m7 6-4 4 4 4M13 6l4 4-4 4" />
  </Icon>
);

export const BulletsIcon = () => (
  <Icon>
    <path d="M8 5.5h8M8 10h8M8 14.5h8M4.5 5.5v.01M4.5 10v.01M4.5 14.5v.01" />
  </Icon>
);

export const AtIcon = () => (
  <Icon>
    <path d="M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm0 0v1.3a2 2 0 0 0 4 0V10a7 7 0 1 0-2.8 5.6" />
  </Icon>
);

export const NoteIcon = () => (
  <Icon>
    <path d="M4.5 3.5h11v8l-4 4h-7v-12Zm11 8h-4v4M7.5 7h5M7.5 10h3" />
  </Icon>
);

export const PersonIcon = () => (
  <Icon>
    <path d="M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 7c0-3.3 2.7-5 6-5s6 1.7 6 5" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <path d="m5 10.5 3.5 3.5L15 6.5" />
  </Icon>
);

export const RecordIcon = () => (
  <Icon>
    <path d="M10 14.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z" />
  </Icon>
);

export const PanelIcon = () => (
  <Icon directed>
    <path d="M3.5 4.5h13v11h-13v-11Zm8.5 0v11" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M4.5 10h.01M10 10h.01M15.5 10h.01" stroke-width="2.6" />
  </Icon>
);

export const LabelIcon = () => (
  <Icon>
    <path d="M3.5 4.5v5l7 7 6-6-7-7h-5a1 1 0 0 0-1 1Zm3.5 3v.01" />
  </Icon>
);

export const FlagIcon = () => (
  <Icon>
    <path d="M5 17V3.5M5 4.5h9.5l-2.5 3.2 2.5 3.3H5" />
  </Icon>
);
