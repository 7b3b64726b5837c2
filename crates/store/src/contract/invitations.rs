//! Facts about one-time links: invitations, and new passwords.

use super::sessions::{begin_session, has_session};
use super::world::{World, at, at_once, make_agent, new_agent, token};
use crate::{
    AcceptInvitation, AcceptOutcome, Invitation, InviteOutcome, MAX_INVITATIONS, NewInvitation,
    NewPasswordReset, Store, nothing,
};
use antiphon_domain::{AgentId, AgentRole, EmailAddress, InvitationId, PersonName};
use std::sync::Arc;

fn invitation(by: AgentId, name: &str, n_token: u32) -> NewInvitation {
    NewInvitation {
        token: token(n_token),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        name: None,
        role: AgentRole::Viewer,
        invited_by: by,
        at: at(0),
        expires_at: at(60),
    }
}

async fn invite(store: &Arc<dyn Store>, new: NewInvitation) -> Invitation {
    match store.invite(new, nothing()).await.unwrap() {
        InviteOutcome::Invited(invitation) => invitation,
        other => panic!("not invited: {other:?}"),
    }
}

fn acceptance(n_token: u32, when: i64) -> AcceptInvitation {
    AcceptInvitation {
        token: token(n_token),
        name: PersonName::parse("Zoe").unwrap(),
        password_hash: "hash".to_owned(),
        at: at(when),
    }
}

async fn accept(store: &Arc<dyn Store>, n_token: u32, when: i64) -> AcceptOutcome {
    let accept = acceptance(n_token, when);
    store.accept_invitation(accept, nothing()).await.unwrap()
}

/// The link makes one agent, with the role and the login of the invitation.
pub async fn an_invitation_makes_one_agent_however_many_try(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store;
    let new = NewInvitation {
        name: Some(PersonName::parse("Zoe Z.").unwrap()),
        ..invitation(world.agent.id, "zoe", 10)
    };
    let invited = invite(&store, new.clone()).await;
    assert_eq!((&invited.email, &invited.name), (&new.email, &new.name));
    assert_eq!(
        (invited.role, invited.expires_at),
        (new.role, new.expires_at)
    );
    assert_eq!(invited.invited_by, Some(world.agent.id));
    let found = store.invitation(&token(10), at(59)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&invited));
    let outcomes = at_once(5, |_| {
        let store = Arc::clone(&store);
        async move { accept(&store, 10, 59).await }
    })
    .await;
    let made: Vec<_> = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome {
            AcceptOutcome::Accepted(agent) => Some(agent),
            _ => None,
        })
        .collect();
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0].email, made[0].role), (&new.email, new.role));
    assert_eq!(made[0].name.as_str(), "Zoe");
    assert_eq!(store.list_invitations(at(1)).await.unwrap(), []);
}

/// A link that has ended, was replaced or taken back makes nobody.
pub async fn an_invitation_ends(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (store, by) = (world.store, world.agent.id);
    invite(&store, invitation(by, "zoe", 10)).await;
    assert_eq!(store.invitation(&token(10), at(60)).await.unwrap(), None);
    assert_eq!(accept(&store, 10, 60).await, AcceptOutcome::Invalid);
    let again = invite(&store, invitation(by, "zoe", 11)).await;
    let bea = invite(&store, invitation(by, "bea", 12)).await;
    assert_eq!(accept(&store, 10, 1).await, AcceptOutcome::Invalid);
    assert_eq!(
        store.list_invitations(at(1)).await.unwrap(),
        [again.clone(), bea.clone()]
    );
    let revoke = async |id: InvitationId| {
        let revoked = store.revoke_invitation(id, nothing()).await;
        revoked.unwrap()
    };
    assert_eq!(revoke(again.id).await, Some(again.clone()));
    assert_eq!(revoke(again.id).await, None);
    assert_eq!(accept(&store, 11, 1).await, AcceptOutcome::Invalid);
    let zoe = new_agent("bea");
    store.create_agent(zoe, nothing()).await.unwrap();
    assert_eq!(accept(&store, 12, 1).await, AcceptOutcome::EmailTaken);
    let taken = store.invite(invitation(by, "bea", 13), nothing()).await;
    assert_eq!(taken.unwrap(), InviteOutcome::EmailTaken);
}

/// Invitations do not pile up.
pub async fn so_many_invitations_wait_and_no_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (store, by) = (world.store, world.agent.id);
    for n in 0..MAX_INVITATIONS {
        invite(&store, invitation(by, &format!("a{n}"), 100 + n)).await;
    }
    let one_more = invitation(by, "zoe", 10);
    let refused = store.invite(one_more.clone(), nothing()).await;
    assert_eq!(refused.unwrap(), InviteOutcome::TooMany);
    let later = NewInvitation {
        at: at(60),
        expires_at: at(120),
        ..one_more
    };
    let invited = invite(&store, later).await;
    assert_eq!(store.list_invitations(at(60)).await.unwrap(), [invited]);
}

/// The link works once and for its time, and whoever knew the old password is out.
pub async fn a_link_for_a_new_password_works_once(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    begin_session(&store, agent.id, 1, 0, 60).await;
    for n_token in [10, 11] {
        let new = NewPasswordReset {
            agent_id: agent.id,
            token: token(n_token),
            at: at(0),
            expires_at: at(60),
        };
        assert!(store.create_password_reset(new, nothing()).await.unwrap());
    }
    let whose = async |n_token, when| {
        let agent = store
            .password_reset(&token(n_token), at(when))
            .await
            .unwrap();
        agent.map(|agent| agent.id)
    };
    assert_eq!(whose(10, 1).await, None, "the second one ends the first");
    assert_eq!(whose(11, 60).await, None);
    assert_eq!(whose(11, 59).await, Some(agent.id));
    let reset = async |n_token, when| {
        let hash = "new".to_owned();
        let reset = store.use_password_reset(token(n_token), hash, at(when), nothing());
        reset.await.unwrap().map(|agent| agent.id)
    };
    assert_eq!(reset(10, 1).await, None);
    assert_eq!(reset(11, 60).await, None);
    assert!(has_session(&store, 1, 1).await);
    assert_eq!(reset(11, 1).await, Some(agent.id));
    assert_eq!(reset(11, 1).await, None);
    assert!(!has_session(&store, 1, 1).await);
    let credentials = store.agent_credentials(&agent.email).await.unwrap();
    assert_eq!(credentials.unwrap().password_hash, "new");
}
