//! Facts about agents, their sessions and tokens, and the set-up of the first.

use super::world::{NO_AGENT, at, at_once, created, make_agent, new_agent, token};
use crate::{NewAgentOutcome, NewApiToken, NewSession, Session, Store};
use antiphon_domain::{AgentId, EmailAddress};
use std::sync::Arc;

async fn begin_session(
    store: &Arc<dyn Store>,
    agent_id: AgentId,
    n_token: u32,
    from: i64,
    to: i64,
) {
    let new = NewSession {
        agent_id,
        token: token(n_token),
        at: at(from),
        expires_at: at(to),
    };
    store.create_session(new).await.unwrap();
}

async fn has_session(store: &Arc<dyn Store>, n_token: u32, when: i64) -> bool {
    store
        .session(&token(n_token), at(when))
        .await
        .unwrap()
        .is_some()
}

/// The agent and its hash come back as they were given.
pub async fn an_agent_is_found_by_its_address(store: Arc<dyn Store>) {
    let new = new_agent("ana");
    let agent = created(store.create_agent(new.clone()).await.unwrap());
    assert_eq!(
        (&agent.name, &agent.email, agent.role, agent.created_at),
        (&new.name, &new.email, new.role, new.at)
    );
    let credentials = store.agent_credentials(&new.email).await.unwrap().unwrap();
    assert_eq!(credentials.agent, agent);
    assert_eq!(credentials.password_hash, new.password_hash);
    let nobody = EmailAddress::parse("nobody@example.com").unwrap();
    assert!(store.agent_credentials(&nobody).await.unwrap().is_none());
}

/// A login names one person, also when two are made at the same moment.
pub async fn an_address_belongs_to_one_agent(store: Arc<dyn Store>) {
    let outcomes = at_once(10, |_| {
        let store = Arc::clone(&store);
        async move { store.create_agent(new_agent("ana")).await.unwrap() }
    })
    .await;
    let n_taken = outcomes
        .iter()
        .filter(|outcome| **outcome == NewAgentOutcome::EmailTaken)
        .count();
    assert_eq!(n_taken, 9);
    assert_eq!(store.list_agents().await.unwrap().len(), 1);
}

/// The list is in the order of making.
pub async fn agents_are_listed_oldest_first(store: Arc<dyn Store>) {
    assert_eq!(store.list_agents().await.unwrap(), []);
    let agents = [
        make_agent(&store, "zoe").await,
        make_agent(&store, "ana").await,
    ];
    assert_eq!(store.list_agents().await.unwrap(), agents);
}

/// The set-up link works once.
pub async fn a_setup_token_makes_one_agent_however_many_try(store: Arc<dyn Store>) {
    assert!(
        store
            .issue_setup_token(token(1), at(0), at(60))
            .await
            .unwrap()
    );
    assert!(store.setup_token_is_valid(token(1), at(1)).await.unwrap());
    let outcomes = at_once(10, |n| {
        let store = Arc::clone(&store);
        async move {
            store
                .create_first_agent(token(1), new_agent(&format!("agent{n}")))
                .await
                .unwrap()
        }
    })
    .await;
    let n_refused = outcomes
        .iter()
        .filter(|outcome| **outcome == NewAgentOutcome::SetupTokenInvalid)
        .count();
    assert_eq!(n_refused, 9);
    assert_eq!(store.list_agents().await.unwrap().len(), 1);
    assert!(!store.setup_token_is_valid(token(1), at(1)).await.unwrap());
}

/// Only the last link works, and only for its time.
pub async fn a_setup_token_is_refused_when_expired_or_replaced(store: Arc<dyn Store>) {
    assert!(!store.setup_token_is_valid(token(1), at(0)).await.unwrap());
    assert!(
        store
            .issue_setup_token(token(1), at(0), at(60))
            .await
            .unwrap()
    );
    assert!(
        store
            .issue_setup_token(token(2), at(0), at(60))
            .await
            .unwrap()
    );
    assert!(!store.setup_token_is_valid(token(1), at(1)).await.unwrap());
    assert!(store.setup_token_is_valid(token(2), at(59)).await.unwrap());
    assert!(!store.setup_token_is_valid(token(2), at(60)).await.unwrap());

    let late = crate::NewAgent {
        at: at(60),
        ..new_agent("ana")
    };
    for (setup, new) in [
        (token(1), new_agent("ana")),
        (token(2), late),
        (token(3), new_agent("ana")),
    ] {
        assert_eq!(
            store.create_first_agent(setup, new).await.unwrap(),
            NewAgentOutcome::SetupTokenInvalid
        );
    }
    assert_eq!(store.list_agents().await.unwrap(), []);
    created(
        store
            .create_first_agent(token(2), new_agent("ana"))
            .await
            .unwrap(),
    );
}

/// An agent made in another way ends the set-up, and there is no second one.
pub async fn a_setup_token_is_worth_nothing_once_there_is_an_agent(store: Arc<dyn Store>) {
    assert!(
        store
            .issue_setup_token(token(1), at(0), at(60))
            .await
            .unwrap()
    );
    make_agent(&store, "ana").await;
    assert!(!store.setup_token_is_valid(token(1), at(1)).await.unwrap());
    let outcome = store
        .create_first_agent(token(1), new_agent("bea"))
        .await
        .unwrap();
    assert_eq!(outcome, NewAgentOutcome::SetupTokenInvalid);
    assert!(
        !store
            .issue_setup_token(token(2), at(1), at(60))
            .await
            .unwrap()
    );
    assert!(!store.setup_token_is_valid(token(2), at(1)).await.unwrap());
}

/// A session is good until its end, not at it.
pub async fn a_session_ends_by_itself(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    begin_session(&store, agent.id, 1, 0, 60).await;
    let session = store.session(&token(1), at(59)).await.unwrap();
    assert_eq!(
        session,
        Some(Session {
            agent,
            expires_at: at(60)
        })
    );
    assert!(!has_session(&store, 1, 60).await);
    assert!(!has_session(&store, 2, 0).await);
}

/// Logging out ends the one session; doing it twice is no error.
pub async fn a_session_is_ended(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    begin_session(&store, agent.id, 1, 0, 60).await;
    begin_session(&store, agent.id, 2, 0, 60).await;
    store.end_session(&token(1)).await.unwrap();
    store.end_session(&token(1)).await.unwrap();
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

/// Whoever knew the old password is out.
pub async fn a_new_password_ends_the_agents_sessions_and_no_others(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    begin_session(&store, ana.id, 1, 0, 60).await;
    begin_session(&store, ana.id, 2, 0, 60).await;
    begin_session(&store, bea.id, 3, 0, 60).await;
    assert!(store.set_password(ana.id, "new".to_owned()).await.unwrap());
    assert_eq!(
        store
            .agent_credentials(&ana.email)
            .await
            .unwrap()
            .unwrap()
            .password_hash,
        "new"
    );
    assert!(!has_session(&store, 1, 1).await);
    assert!(!has_session(&store, 2, 1).await);
    assert!(has_session(&store, 3, 1).await);
    assert!(
        !store
            .set_password(NO_AGENT, "new".to_owned())
            .await
            .unwrap()
    );
}

/// One agent may have several tokens.
pub async fn an_api_token_finds_its_agent(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    for (agent, n_token) in [(&ana, 1), (&ana, 2), (&bea, 3)] {
        let new = NewApiToken {
            agent_id: agent.id,
            token: token(n_token),
            at: at(0),
        };
        store.create_api_token(new).await.unwrap();
    }
    for (agent, n_token) in [(Some(&ana), 1), (Some(&ana), 2), (Some(&bea), 3), (None, 4)] {
        assert_eq!(
            store
                .agent_by_api_token(&token(n_token))
                .await
                .unwrap()
                .as_ref(),
            agent
        );
    }
}
