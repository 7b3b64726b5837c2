/** Recovery codes at the one moment at which they are shown. */

import { useEffect, useMemo } from 'preact/hooks';
import { text } from '../text.ts';

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const words = text.people.twoFactor;
  const file = useMemo(() => URL.createObjectURL(new Blob([`${codes.join('\n')}\n`], { type: 'text/plain' })), [codes]);
  useEffect(() => () => URL.revokeObjectURL(file), [file]);
  return (
    <>
      <p>{words.codesIntro}</p>
      <ul class="recovery-codes" dir="ltr">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <p>
        <a class="button" href={file} download={words.downloadName}>
          {words.download}
        </a>
      </p>
    </>
  );
}
