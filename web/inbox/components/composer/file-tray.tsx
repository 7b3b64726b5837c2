/** The files that go with the next message: looked at, and taken out again, before that. */

import { useEffect, useMemo } from 'preact/hooks';
import { formatSize } from '../../../shared/upload-rules.ts';
import { text } from '../../text.ts';
import { SHOWN_PICTURE } from '../thread/attachments.tsx';
import { CrossIcon, FileIcon } from '../thread/icons.tsx';

export interface FileTrayProps {
  files: readonly File[];
  onRemove(file: File): void;
}

export function FileTray({ files, onRemove }: FileTrayProps) {
  if (files.length === 0) return null;
  return (
    <ul class="tray" aria-label={text.thread.chosenFiles}>
      {files.map((file) => (
        <Chosen key={`${file.name}-${file.size}-${file.lastModified}`} file={file} onRemove={() => onRemove(file)} />
      ))}
    </ul>
  );
}

function Chosen({ file, onRemove }: { file: File; onRemove(): void }) {
  const url = useMemo(() => (SHOWN_PICTURE.test(file.type) ? URL.createObjectURL(file) : null), [file]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return (
    <li class="tray__file">
      {url ? <img src={url} alt="" /> : <FileIcon />}
      <span class="tray__text">
        <span class="tray__name" dir="auto">
          {file.name}
        </span>
        <span class="tray__size">{formatSize(file.size, undefined)}</span>
      </span>
      <button class="tray__remove" type="button" aria-label={text.thread.removeFile(file.name)} title={text.thread.removeFile(file.name)} onClick={onRemove}>
        <CrossIcon />
      </button>
    </li>
  );
}
