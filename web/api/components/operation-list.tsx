/** Every operation by its group, and a field to find one. */

import { useState } from 'preact/hooks';
import type { Operation } from '../description.ts';

export function OperationList({ all, chosen }: { all: readonly Operation[]; chosen: string | null }) {
  const [wanted, setWanted] = useState('');
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = all.filter(({ method, path, summary }) => {
    const whole = `${method} ${path} ${summary}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
  const groups = [...new Set(matching.map(({ group }) => group))];
  return (
    <nav class="api-nav" aria-label="Operations">
      <label class="visually-hidden" for="find">
        Find an operation
      </label>
      <input
        id="find"
        class="api-input"
        type="search"
        placeholder="Find an operation"
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      <p class="visually-hidden" role="status">
        {wanted && `${matching.length} found`}
      </p>
      {groups.map((group) => (
        <section key={group} aria-label={group}>
          <h2 class="api-nav__group">{group.replaceAll('-', ' ')}</h2>
          <ul>
            {matching
              .filter((operation) => operation.group === group)
              .map(({ id, method, path, summary }) => (
                <li key={id}>
                  <a class="api-nav__item" href={`#${id}`} aria-current={id === chosen ? 'page' : undefined} title={summary}>
                    <Method name={method} />
                    <span class="api-nav__path">{path.replace(/^\/api(\/v1)?(?=\/)/, '')}</span>
                  </a>
                </li>
              ))}
          </ul>
        </section>
      ))}
      {matching.length === 0 && <p class="api-nav__none">Nothing is called like this.</p>}
    </nav>
  );
}

export function Method({ name }: { name: string }) {
  return <span class={`method method--${name.toLowerCase()}`}>{name}</span>;
}
