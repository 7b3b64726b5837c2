//! Facts about sessions and API tokens.

use super::world::{NO_AGENT, at, make_agent, token};
use crate::{
    ApiToken, FollowUp, MAX_API_TOKENS, MAX_SESSIONS, NewApiToken, NewApiTokenOutcome, NewSession,
    Session, Store, nothing,
};
use antiphon_domain::{AgentId, Permission, Permissions, SessionId};
use std::sync::Arc;

/// Begins a session, and gives its id.
pub(super) async fn begin_session(
    store: &Arc<dyn Store>,
    agent_id: AgentId,
    n_token: u32,
    from: i64,
    to: i64,
) -> SessionId {
    let new = NewSession {
        agent_id,
        token: token(n_token),
        at: at(from),
        expires_at: at(to),
        address: Some("192.0.2.1".to_owned()),
        user_agent: Some(format!("Browser {n_token}")),
    };
    store.create_session(new).await.unwrap();
    let session = store.session(&token(n_token), at(from)).await.unwrap();
    session.unwrap().id
}

pub(super) async fn has_session(store: &Arc<dyn Store>, n_token: u32, when: i64) -> bool {
    store
        .session(&token(n_token), at(when))
        .await
        .unwrap()
        .is_some()
}

/// A session is good until its end, not at it.
pub async fn a_session_ends_by_itself(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    let id = begin_session(&store, agent.id, 1, 0, 60).await;
    let session = store.session(&token(1), at(59)).await.unwrap();
    let expected = Session {
        id,
        agent,
        expires_at: at(60),
        last_used_at: at(0),
        two_factor_missing: false,
    };
    assert_eq!(session, Some(expected));
    assert!(!has_session(&store, 1, 60).await);
    assert!(!has_session(&store, 2, 0).await);
}

/// Logging out ends the one session; doing it twice is no error.
pub async fn a_session_is_ended(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    begin_session(&store, agent.id, 1, 0, 60).await;
    begin_session(&store, agent.id, 2, 0, 60).await;
    let (hear, heard) = std::sync::mpsc::channel();
    let told = FollowUp::told(move |whose: &Option<AgentId>| hear.send(*whose).unwrap());
    let ended = store.end_session(&token(1), told).await.unwrap();
    assert_eq!(ended, Some(agent.id));
    assert_eq!(heard.try_recv(), Ok(Some(agent.id)));
    let ended = store.end_session(&token(1), nothing()).await.unwrap();
    assert_eq!(ended, None);
    assert!(!has_session(&store, 1, 1).await);
    assert!(has_session(&store, 2, 1).await);
}

/// Sessions that ended do not pile up: the next login forgets them.
pub async fn ended_sessions_are_forgotten(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    begin_session(&store, agent.id, 1, 0, 60).await;
    begin_session(&store, agent.id, 2, 0, 61).await;
    begin_session(&store, agent.id, 3, 60, 120).await;
    assert!(
        !has_session(&store, 1, 0).await,
        "not even for somebody whose clock is behind"
    );
    assert!(has_session(&store, 2, 60).await);
    assert!(has_session(&store, 3, 60).await);
}

/// An agent sees its own sessions, the one in use first.
pub async fn sessions_are_listed_and_ended_by_their_agent(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await;
    let bea = make_agent(&store, "bea").await;
    let first = begin_session(&store, ana.id, 1, 0, 60).await;
    let second = begin_session(&store, ana.id, 2, 1, 60).await;
    let third = begin_session(&store, ana.id, 3, 2, 60).await;
    let others = begin_session(&store, bea.id, 4, 3, 60).await;
    store.touch_session(first, at(9)).await.unwrap();
    let session = store.session(&token(1), at(10)).await.unwrap().unwrap();
    assert_eq!(session.last_used_at, at(9));
    let listed = store.list_sessions(ana.id, at(10)).await.unwrap();
    let ids: Vec<SessionId> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [first, third, second]);
    assert_eq!(
        (listed[0].created_at, listed[0].last_used_at),
        (at(0), at(9))
    );
    assert_eq!(listed[0].address.as_deref(), Some("192.0.2.1"));
    assert_eq!(listed[0].user_agent.as_deref(), Some("Browser 1"));
    assert_eq!(store.list_sessions(ana.id, at(60)).await.unwrap(), []);

    let revoke = async |agent: AgentId, id| {
        let revoked = store.revoke_session(agent, id, nothing()).await;
        revoked.unwrap()
    };
    assert!(!revoke(ana.id, others).await, "another agent's");
    assert!(revoke(ana.id, third).await);
    assert!(!revoke(ana.id, third).await);
    let n_ended = store.revoke_other_sessions(ana.id, first, nothing()).await;
    assert_eq!(n_ended.unwrap(), 1);
    for (n_token, live) in [(1, true), (2, false), (3, false), (4, true)] {
        assert_eq!(has_session(&store, n_token, 10).await, live, "{n_token}");
    }
}

/// The number of an agent's sessions is bounded: the one that was used least lately goes.
pub async fn an_agent_has_so_many_sessions_and_no_more(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    let first = begin_session(&store, agent.id, 1, 0, 10_000).await;
    for n in 2..=MAX_SESSIONS {
        begin_session(&store, agent.id, n, n.into(), 10_000).await;
    }
    store.touch_session(first, at(5000)).await.unwrap();
    begin_session(&store, agent.id, MAX_SESSIONS + 1, 5001, 10_000).await;
    assert!(has_session(&store, 1, 5002).await);
    assert!(!has_session(&store, 2, 5002).await);
    let listed = store.list_sessions(agent.id, at(5002)).await.unwrap();
    assert_eq!(listed.len(), MAX_SESSIONS as usize);
}

fn new_token(agent_id: AgentId, n_token: u32) -> NewApiToken {
    NewApiToken {
        agent_id,
        token: token(n_token),
        name: format!("program {n_token}"),
        scopes: Permissions::of(&[Permission::Read]),
        at: at(0),
        expires_at: None,
    }
}

async fn make_token(store: &Arc<dyn Store>, new: NewApiToken) -> ApiToken {
    match store.create_api_token(new, nothing()).await.unwrap() {
        NewApiTokenOutcome::Created(made) => made,
        NewApiTokenOutcome::TooMany => panic!("too many"),
    }
}

/// One agent may have several tokens, each with scopes of its own, for a time of its own.
pub async fn an_api_token_finds_its_agent(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await;
    let bea = make_agent(&store, "bea").await;
    let ends = NewApiToken {
        scopes: Permissions::ALL,
        expires_at: Some(at(60)),
        ..new_token(ana.id, 2)
    };
    let made = [
        make_token(&store, new_token(ana.id, 1)).await,
        make_token(&store, ends).await,
        make_token(&store, new_token(bea.id, 3)).await,
    ];
    let holder = async |n_token, when| {
        let holder = store.api_token(&token(n_token), at(when)).await.unwrap();
        holder.map(|holder| (holder.agent.id, holder.token))
    };
    for (n_token, when, expected) in [
        (1, 99, Some((ana.id, made[0].clone()))),
        (2, 59, Some((ana.id, made[1].clone()))),
        (2, 60, None),
        (3, 99, Some((bea.id, made[2].clone()))),
        (4, 99, None),
    ] {
        assert_eq!(holder(n_token, when).await, expected, "{n_token}");
    }
    assert_eq!(made[1].scopes, Permissions::ALL);
    assert_eq!(made[0].last_used_at, None);
    store.touch_api_token(made[0].id, at(7)).await.unwrap();
    let listed = store.list_api_tokens(ana.id).await.unwrap();
    let used = ApiToken {
        last_used_at: Some(at(7)),
        ..made[0].clone()
    };
    assert_eq!(listed, [used.clone(), made[1].clone()]);
    let revoke = async |agent, id| {
        let revoked = store.revoke_api_token(agent, id, nothing()).await;
        revoked.unwrap()
    };
    assert_eq!(revoke(bea.id, made[0].id).await, None, "another agent's");
    assert_eq!(revoke(ana.id, made[0].id).await, Some(used));
    assert_eq!(holder(1, 8).await, None);
    assert_eq!(revoke(NO_AGENT, made[0].id).await, None);
}

/// The number of an agent's tokens is bounded; those that ended make room.
pub async fn an_agent_has_so_many_api_tokens_and_no_more(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    for n in 1..=MAX_API_TOKENS {
        let ends = NewApiToken {
            expires_at: (n == 1).then_some(at(60)),
            ..new_token(agent.id, n)
        };
        make_token(&store, ends).await;
    }
    let one_more = |when| NewApiToken {
        at: at(when),
        ..new_token(agent.id, MAX_API_TOKENS + 1)
    };
    let refused = store.create_api_token(one_more(59), nothing()).await;
    assert_eq!(refused.unwrap(), NewApiTokenOutcome::TooMany);
    make_token(&store, one_more(60)).await;
}
