import { Card } from '../components/card.tsx';
import { Link } from '../components/link.tsx';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import { text } from '../text.ts';

export function NotFoundPage({ router }: { router: Router }) {
  return (
    <Card title={text.notFound.title}>
      <Link class="button button--wide" router={router} to={inboxRoute(null)}>
        {text.notFound.back}
      </Link>
    </Card>
  );
}
