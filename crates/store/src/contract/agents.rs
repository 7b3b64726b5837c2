//! Facts about agents, and the set-up of the first.

use super::sessions::{begin_session, has_session};
use super::world::{NO_AGENT, World, at, at_once, created, make_agent, new_agent, token};
use crate::{
    NewAgentOutcome, NewApiToken, NewPasswordReset, SetPassword, Store, Triage, UpdateAgent,
    UpdateAgentOutcome, nothing,
};
use antiphon_domain::settings::Language;
use antiphon_domain::{AgentRole, EmailAddress, Permissions, PersonName, Status};
use std::sync::Arc;

/// The agent and its hash come back as they were given.
pub async fn an_agent_is_found_by_its_address(store: Arc<dyn Store>) {
    let new = new_agent("ana");
    let agent = created(store.create_agent(new.clone(), nothing()).await.unwrap());
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
        async move {
            store
                .create_agent(new_agent("ana"), nothing())
                .await
                .unwrap()
        }
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

/// Whoever knew the old password is out.
pub async fn a_new_password_ends_the_agents_sessions_and_no_others(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    let kept = begin_session(&store, ana.id, 1, 0, 60).await;
    begin_session(&store, ana.id, 2, 0, 60).await;
    begin_session(&store, bea.id, 3, 0, 60).await;
    let reset = NewPasswordReset {
        agent_id: ana.id,
        token: token(9),
        at: at(0),
        expires_at: at(60),
    };
    store.create_password_reset(reset, nothing()).await.unwrap();
    let set = SetPassword {
        agent_id: ana.id,
        password_hash: "new".to_owned(),
        keep: Some(kept),
    };
    assert!(store.set_password(set.clone(), nothing()).await.unwrap());
    let credentials = store.agent_credentials(&ana.email).await.unwrap();
    assert_eq!(credentials.unwrap().password_hash, "new");
    assert!(has_session(&store, 1, 1).await);
    assert!(!has_session(&store, 2, 1).await);
    assert!(has_session(&store, 3, 1).await);
    let left = store.password_reset(&token(9), at(1)).await.unwrap();
    assert_eq!(left, None, "the link for it is not needed any more");
    let all = SetPassword {
        keep: None,
        ..set.clone()
    };
    assert!(store.set_password(all, nothing()).await.unwrap());
    assert!(!has_session(&store, 1, 1).await);
    let nobody = SetPassword {
        agent_id: NO_AGENT,
        ..set
    };
    assert!(!store.set_password(nobody, nothing()).await.unwrap());
}

fn updated(outcome: UpdateAgentOutcome) -> antiphon_domain::Agent {
    match outcome {
        UpdateAgentOutcome::Updated(agent) => agent,
        other => panic!("not changed: {other:?}"),
    }
}

async fn update(store: &Arc<dyn Store>, update: UpdateAgent) -> UpdateAgentOutcome {
    store.update_agent(update, nothing()).await.unwrap()
}

/// What is not told stays; a login stays one person's.
pub async fn an_agent_is_changed_in_what_is_told_only(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await;
    let bea = make_agent(&store, "bea").await;
    let change = UpdateAgent {
        name: Some(PersonName::parse("Bea B.").unwrap()),
        role: Some(AgentRole::Viewer),
        language: Some(Some(Language::parse("de").unwrap())),
        ..UpdateAgent::of(bea.id)
    };
    let changed = updated(update(&store, change).await);
    assert_eq!(changed.name.as_str(), "Bea B.");
    assert_eq!(
        (changed.role, &changed.email),
        (AgentRole::Viewer, &bea.email)
    );
    assert_eq!(changed.language.as_ref().map(Language::as_str), Some("de"));
    assert_eq!(store.list_agents().await.unwrap(), [ana.clone(), changed]);
    let taken = UpdateAgent {
        email: Some(ana.email.clone()),
        ..UpdateAgent::of(bea.id)
    };
    assert_eq!(update(&store, taken).await, UpdateAgentOutcome::EmailTaken);
    let same = UpdateAgent {
        email: Some(ana.email.clone()),
        ..UpdateAgent::of(ana.id)
    };
    assert_eq!(updated(update(&store, same).await), ana);
    assert_eq!(
        update(&store, UpdateAgent::of(NO_AGENT)).await,
        UpdateAgentOutcome::UnknownAgent
    );
}

/// Somebody can always administer the team, also when two try to leave it at once.
pub async fn the_last_administrator_stays(store: Arc<dyn Store>) {
    let ids = [
        make_agent(&store, "ana").await.id,
        make_agent(&store, "bea").await.id,
    ];
    let outcomes = at_once(2, |n| {
        let (store, id) = (Arc::clone(&store), ids[n as usize]);
        async move {
            let change = match n {
                0 => UpdateAgent {
                    role: Some(AgentRole::Agent),
                    ..UpdateAgent::of(id)
                },
                _ => UpdateAgent {
                    deactivated_at: Some(Some(at(1))),
                    ..UpdateAgent::of(id)
                },
            };
            update(&store, change).await
        }
    })
    .await;
    let n_refused = outcomes
        .iter()
        .filter(|outcome| **outcome == UpdateAgentOutcome::LastAdmin)
        .count();
    assert_eq!(n_refused, 1, "{outcomes:?}");
}

/// Nothing that an agent had opens anything once it has left, nor when it comes back.
pub async fn an_agent_who_leaves_is_out(store: Arc<dyn Store>) {
    make_agent(&store, "ana").await;
    let bea = make_agent(&store, "bea").await;
    begin_session(&store, bea.id, 1, 0, 60).await;
    let new = NewApiToken {
        agent_id: bea.id,
        token: token(2),
        name: "reports".to_owned(),
        scopes: Permissions::ALL,
        at: at(0),
        expires_at: None,
    };
    store.create_api_token(new, nothing()).await.unwrap();
    let reset = NewPasswordReset {
        agent_id: bea.id,
        token: token(3),
        at: at(0),
        expires_at: at(60),
    };
    store.create_password_reset(reset, nothing()).await.unwrap();
    for deactivated_at in [Some(at(1)), None] {
        let change = UpdateAgent {
            deactivated_at: Some(deactivated_at),
            ..UpdateAgent::of(bea.id)
        };
        let agent = updated(update(&store, change).await);
        assert_eq!(agent.deactivated_at, deactivated_at);
        assert!(!has_session(&store, 1, 2).await);
        assert_eq!(store.api_token(&token(2), at(2)).await.unwrap(), None);
        assert_eq!(store.password_reset(&token(3), at(2)).await.unwrap(), None);
        if deactivated_at.is_some() {
            let made = store.create_password_reset(reset, nothing()).await;
            assert!(!made.unwrap(), "nobody who has left gets a link");
        }
    }
}

/// They are those that somebody else has to take over.
pub async fn an_agents_open_conversations_are_found(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let others = [
        world.another_conversation(2).await,
        world.another_conversation(3).await,
    ];
    for id in [others[0], world.id, others[1]] {
        let assign = Triage {
            agent_id: Some(Some(world.agent.id)),
            ..Triage::of(id, at(1))
        };
        world.store.triage(assign, nothing()).await.unwrap();
    }
    let close = Triage {
        status: Some(Status::Closed),
        ..Triage::of(others[0], at(2))
    };
    world.store.triage(close, nothing()).await.unwrap();
    let of = async |agent, limit| {
        let found = world.store.open_conversations_of(agent, limit).await;
        found.unwrap()
    };
    assert_eq!(of(world.agent.id, 9).await, [world.id, others[1]]);
    assert_eq!(of(world.agent.id, 1).await, [world.id]);
    assert_eq!(of(NO_AGENT, 9).await, []);
}
