import { ChatIcon } from './icons.tsx';

export function EmptyState({ title, hint }: { title: string; hint: string }) {
  return (
    <div class="empty">
      <span class="empty__mark">
        <ChatIcon />
      </span>
      <p class="empty__title">{title}</p>
      <p class="empty__hint">{hint}</p>
    </div>
  );
}
