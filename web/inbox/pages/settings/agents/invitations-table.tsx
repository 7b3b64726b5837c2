/** The invitations that wait. */

import { useState } from 'preact/hooks';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { Table, type Column } from '../../../components/table.tsx';
import { completeTime, dayName } from '../../../format-time.ts';
import type { Invitation, PeopleApi } from '../../../people-api.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';

export interface InvitationsTableProps {
  workspace: Workspace;
  people: PeopleApi;
  invitations: Invitation[];
  onChanged(): void;
}

export function InvitationsTable({ workspace, people, invitations, onChanged }: InvitationsTableProps) {
  const words = text.people.agents;
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  const now = new Date();
  const columns: Column<Invitation>[] = [
    { title: text.form.email, cell: ({ email }) => <bdi>{email}</bdi> },
    { title: text.people.role, cell: ({ role }) => text.people.roles[role] },
    {
      title: text.people.expires,
      cell: ({ expires_at }) => {
        const at = new Date(expires_at);
        return (
          <time dateTime={expires_at} title={completeTime(at)}>
            {dayName(at, now)}
          </time>
        );
      },
    },
    {
      title: '',
      align: 'end',
      cell: (invitation) => (
        <button class="button button--quiet" type="button" onClick={() => setRevoking(invitation)}>
          {words.revokeInvitation}
        </button>
      ),
    },
  ];
  return (
    <>
      {invitations.length === 0 ? (
        <p class="settings-section__line">{words.noInvitations}</p>
      ) : (
        <Table caption={words.invitations} columns={columns} rows={invitations} rowKey={({ id }) => id} />
      )}
      {revoking && (
        <ConfirmDialog
          title={words.revokeInvitationTitle(revoking.email)}
          explanation={words.revokeInvitationExplained}
          confirm={words.revokeInvitation}
          dangerous
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await people.revokeInvitation(revoking.id);
            workspace.toasts.show(words.invitationRevoked);
            onChanged();
          }}
        />
      )}
    </>
  );
}
