//! Facts about browsers that are told by their push services.

use super::sessions::begin_session;
use super::world::{NO_AGENT, at, at_once, make_agent, token};
use crate::{
    EnableTwoFactor, FollowUp, MAX_PUSH_SUBSCRIPTIONS, NewJob, PushAudience, Store, Subscribe,
    SubscribeOutcome, UpdateAgent, nothing,
};
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Agent, AgentId, Attention, PushEndpoint, PushKeys, PushSecret, PushSubscription,
    PushSubscriptionId, SessionId, TwoFactorSecret,
};
use std::sync::Arc;

/// When sessions of these facts end.
const END: i64 = 1_000;

fn endpoint(n: u32) -> PushEndpoint {
    PushEndpoint::parse(&format!("https://push.example.com/{n}?a=b")).unwrap()
}

fn new(agent_id: AgentId, session_id: SessionId, n: u32) -> Subscribe {
    let mut public_key = [n as u8; 65];
    public_key[0] = 4;
    Subscribe {
        agent_id,
        session_id,
        endpoint: endpoint(n),
        keys: PushKeys {
            public_key,
            auth: [n as u8; 16],
        },
        notify_of: None,
        with_text: None,
        at: at(i64::from(n)),
    }
}

fn subscribed(outcome: SubscribeOutcome) -> PushSubscription {
    match outcome {
        SubscribeOutcome::Subscribed(subscription) => subscription,
        other => panic!("not subscribed: {other:?}"),
    }
}

/// An agent's browser with a session of its own.
async fn browser(
    store: &Arc<dyn Store>,
    agent: &Agent,
    n: u32,
    notify_of: Attention,
) -> PushSubscription {
    let session = begin_session(store, agent.id, n, 0, END).await;
    let subscribe = Subscribe {
        notify_of: Some(notify_of),
        ..new(agent.id, session, n)
    };
    subscribed(store.subscribe(subscribe).await.unwrap())
}

async fn list(store: &Arc<dyn Store>, agent: &Agent) -> Vec<PushSubscription> {
    let listed = store.push_subscriptions(agent.id, at(0)).await.unwrap();
    listed
        .into_iter()
        .map(|listed| listed.subscription)
        .collect()
}

async fn audience(
    store: &Arc<dyn Store>,
    audience: PushAudience,
    when: i64,
) -> Vec<PushSubscriptionId> {
    store.push_audience(audience, None, at(when)).await.unwrap()
}

const ANYBODYS: PushAudience = PushAudience::Message { assigned_to: None };

/// Whoever is first, all have the same.
pub async fn the_first_key_that_is_kept_stays(store: Arc<dyn Store>) {
    assert_eq!(store.push_secret().await.unwrap(), None);
    let kept = at_once(4, |n| {
        let store = Arc::clone(&store);
        async move {
            let secret = PushSecret::from_bytes([n as u8 + 1; 32]);
            store.keep_push_secret(secret).await.unwrap()
        }
    })
    .await;
    assert!(kept.iter().all(|secret| *secret == kept[0]), "one key");
    assert_eq!(store.push_secret().await.unwrap(), Some(kept[0]));
}

/// Another one takes its place, and what is not said stays.
pub async fn a_session_has_one_subscription(store: Arc<dyn Store>) {
    assert!(!store.is_anybody_subscribed().await.unwrap());
    let agent = make_agent(&store, "ana").await;
    let session = begin_session(&store, agent.id, 1, 0, END).await;
    let made = subscribed(store.subscribe(new(agent.id, session, 1)).await.unwrap());
    let expected = PushSubscription {
        id: made.id,
        agent_id: agent.id,
        session_id: session,
        endpoint: endpoint(1),
        keys: new(agent.id, session, 1).keys,
        notify_of: Attention::Mine,
        with_text: true,
        created_at: at(1),
        delivered_at: None,
        error: None,
    };
    assert_eq!(made, expected);
    assert!(store.is_anybody_subscribed().await.unwrap());
    let listed = store.push_subscriptions(agent.id, at(0)).await.unwrap();
    assert_eq!(listed[0].subscription, expected);
    assert_eq!(listed[0].user_agent.as_deref(), Some("Browser 1"));

    store
        .note_push(made.id, Some("away".to_owned()), at(5))
        .await
        .unwrap();
    let change = Subscribe {
        notify_of: Some(Attention::Mentions),
        with_text: Some(false),
        ..new(agent.id, session, 1)
    };
    let changed = subscribed(store.subscribe(change).await.unwrap());
    let expected = PushSubscription {
        notify_of: Attention::Mentions,
        with_text: false,
        error: Some("away".to_owned()),
        ..expected
    };
    assert_eq!(changed, expected);
    let moved = subscribed(store.subscribe(new(agent.id, session, 2)).await.unwrap());
    let expected = PushSubscription {
        endpoint: endpoint(2),
        keys: new(agent.id, session, 2).keys,
        error: None,
        ..expected
    };
    assert_eq!(moved, expected);
    assert_eq!(list(&store, &agent).await, [expected]);

    assert!(!store.unsubscribe(NO_AGENT, made.id).await.unwrap());
    assert!(store.unsubscribe(agent.id, made.id).await.unwrap());
    assert!(!store.unsubscribe(agent.id, made.id).await.unwrap());
    let nobodys = store.subscribe(new(agent.id, SessionId(987_654), 3)).await;
    assert_eq!(nobodys.unwrap(), SubscribeOutcome::UnknownSession);
    let anothers = store.subscribe(new(NO_AGENT, session, 3)).await;
    assert_eq!(anothers.unwrap(), SubscribeOutcome::UnknownSession);
    assert!(!store.is_anybody_subscribed().await.unwrap());
}

/// A browser where somebody else logs in tells the one before nothing any more.
pub async fn a_browser_is_subscribed_for_whoever_uses_it(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    browser(&store, &ana, 1, Attention::All).await;
    let session = begin_session(&store, bea.id, 2, 0, END).await;
    let taken = Subscribe {
        endpoint: endpoint(1),
        ..new(bea.id, session, 2)
    };
    let taken = subscribed(store.subscribe(taken).await.unwrap());
    assert_eq!(list(&store, &ana).await, []);
    assert_eq!(list(&store, &bea).await, [taken]);
}

/// Also when they come at once; one that is there is changed all the same.
pub async fn an_agent_has_so_many_browsers_and_no_more(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    let mut sessions = Vec::new();
    for n in 0..=MAX_PUSH_SUBSCRIPTIONS + 1 {
        sessions.push(begin_session(&store, agent.id, n, 0, END).await);
    }
    let outcomes = at_once(MAX_PUSH_SUBSCRIPTIONS + 2, |n| {
        let (store, session) = (Arc::clone(&store), sessions[n as usize]);
        let agent_id = agent.id;
        async move { store.subscribe(new(agent_id, session, n)).await.unwrap() }
    })
    .await;
    let refused = outcomes
        .iter()
        .filter(|outcome| **outcome == SubscribeOutcome::TooMany);
    assert_eq!(refused.count(), 2);
    let all = list(&store, &agent).await;
    assert_eq!(all.len(), MAX_PUSH_SUBSCRIPTIONS as usize);
    let again = new(agent.id, all[0].session_id, 200);
    subscribed(store.subscribe(again).await.unwrap());
}

/// Whether the session is ended, revoked, forgotten, or ends with a new password or with the agent's leaving.
pub async fn a_subscription_ends_with_its_session(store: Arc<dyn Store>) {
    let admin = make_agent(&store, "admin").await;
    let agent = make_agent(&store, "ana").await;
    let kept = browser(&store, &admin, 50, Attention::All).await;
    let mine = browser(&store, &agent, 1, Attention::All).await;
    store.end_session(&token(1), nothing()).await.unwrap();
    assert_eq!(store.push_target(mine.id, at(1)).await.unwrap(), None);

    let mine = browser(&store, &agent, 2, Attention::All).await;
    let revoked = store.revoke_session(agent.id, mine.session_id, nothing());
    assert!(revoked.await.unwrap());
    assert_eq!(list(&store, &agent).await, []);

    browser(&store, &agent, 3, Attention::All).await;
    let stays = browser(&store, &agent, 4, Attention::All).await;
    let others = store.revoke_other_sessions(agent.id, stays.session_id, nothing());
    assert_eq!(others.await.unwrap(), 1);
    assert_eq!(list(&store, &agent).await, [stays]);

    // Over, though nobody has forgotten it yet.
    let over = audience(&store, ANYBODYS, END).await;
    assert_eq!(over, []);
    let leaves = UpdateAgent {
        deactivated_at: Some(Some(at(9))),
        ..UpdateAgent::of(agent.id)
    };
    store.update_agent(leaves, nothing()).await.unwrap();
    assert_eq!(list(&store, &agent).await, []);
    assert_eq!(audience(&store, ANYBODYS, 1).await, [kept.id]);
}

/// Every message, theirs and nobody's, mentions, nothing.
pub async fn a_message_concerns_those_who_want_it(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    let all = browser(&store, &ana, 1, Attention::All).await.id;
    let mine = browser(&store, &ana, 2, Attention::Mine).await.id;
    let mentions = browser(&store, &ana, 3, Attention::Mentions).await.id;
    browser(&store, &ana, 4, Attention::Nothing).await;
    let hers = browser(&store, &bea, 5, Attention::Mine).await.id;
    let of = |agent_id| PushAudience::Message {
        assigned_to: Some(agent_id),
    };
    assert_eq!(audience(&store, ANYBODYS, 1).await, [all, mine, hers]);
    assert_eq!(audience(&store, of(ana.id), 1).await, [all, mine]);
    assert_eq!(audience(&store, of(bea.id), 1).await, [all, hers]);
    assert_eq!(audience(&store, of(NO_AGENT), 1).await, [all]);
    let mentioned = PushAudience::Mention(ana.id);
    assert_eq!(audience(&store, mentioned, 1).await, [all, mine, mentions]);
    let page = store.push_audience(mentioned, Some(all), at(1)).await;
    assert_eq!(page.unwrap(), [mine, mentions]);
}

/// In whichever browser; until a time, or until it looks away.
pub async fn nobody_is_told_who_is_looking(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    let desk = browser(&store, &ana, 1, Attention::All).await;
    let phone = browser(&store, &ana, 2, Attention::All).await;
    let hers = browser(&store, &bea, 3, Attention::All).await;
    let looks = async |until: Option<i64>| {
        let until = until.map(at);
        store.note_looking(desk.session_id, until).await.unwrap();
    };
    looks(Some(90)).await;
    assert_eq!(audience(&store, ANYBODYS, 89).await, [hers.id]);
    let target = store.push_target(phone.id, at(89)).await.unwrap().unwrap();
    assert!(target.looking);
    assert_eq!(
        audience(&store, ANYBODYS, 90).await,
        [desk.id, phone.id, hers.id]
    );
    let target = store.push_target(phone.id, at(90)).await.unwrap().unwrap();
    assert!(!target.looking);
    looks(Some(500)).await;
    looks(None).await;
    let mentioned = PushAudience::Mention(ana.id);
    assert_eq!(audience(&store, mentioned, 91).await, [desk.id, phone.id]);
}

/// Where everybody needs a second factor, whoever has none is told nothing.
pub async fn nobody_is_told_who_may_not_log_in(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await,
        make_agent(&store, "bea").await,
    );
    let hers = browser(&store, &ana, 1, Attention::All).await;
    let other = browser(&store, &bea, 2, Attention::All).await;
    let enable = EnableTwoFactor {
        agent_id: ana.id,
        secret: TwoFactorSecret::from_bytes([7; 20]),
        step: 1,
        recovery_codes: Vec::new(),
    };
    assert!(store.enable_two_factor(enable, nothing()).await.unwrap());
    assert_eq!(audience(&store, ANYBODYS, 1).await, [hers.id, other.id]);
    store.require_two_factor(true, nothing()).await.unwrap();
    assert_eq!(audience(&store, ANYBODYS, 1).await, [hers.id]);
    assert_eq!(store.push_target(other.id, at(1)).await.unwrap(), None);
    let german = UpdateAgent {
        language: Some(Some(Language::parse("de").unwrap())),
        ..UpdateAgent::of(ana.id)
    };
    store.update_agent(german, nothing()).await.unwrap();
    let target = store.push_target(hers.id, at(1)).await.unwrap().unwrap();
    let language = target.language.map(|language| language.as_str().to_owned());
    assert_eq!(language.as_deref(), Some("de"));
    assert_eq!(target.subscription, hers);
}

/// The last success and the newest failure; one that its push service does not know is forgotten, unless it has moved meanwhile.
pub async fn a_subscription_says_how_it_went(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    let made = browser(&store, &agent, 1, Attention::All).await;
    let note = async |error: Option<&str>, when| {
        let error = error.map(str::to_owned);
        store.note_push(made.id, error, at(when)).await.unwrap();
        let listed = list(&store, &agent).await.remove(0);
        (listed.delivered_at, listed.error)
    };
    assert_eq!(note(None, 5).await, (Some(at(5)), None));
    let failed = (Some(at(5)), Some("away".to_owned()));
    assert_eq!(note(Some("away"), 6).await, failed);
    assert_eq!(note(None, 7).await, (Some(at(7)), None));
    let forget = async |n| {
        store
            .forget_push_subscription(made.id, endpoint(n))
            .await
            .unwrap();
        list(&store, &agent).await.len()
    };
    assert_eq!(forget(2).await, 1);
    assert_eq!(forget(1).await, 0);
}

/// The job is there if and only if the browser is the agent's.
pub async fn a_test_is_for_ones_own_browser(store: Arc<dyn Store>) {
    let agent = make_agent(&store, "ana").await;
    let made = browser(&store, &agent, 1, Attention::All).await;
    let job = || {
        FollowUp::jobs(|found: &bool| {
            let job = found.then(|| NewJob::new("test", "{}", at(1)));
            job.into_iter().collect()
        })
    };
    assert!(!store.test_push(NO_AGENT, made.id, job()).await.unwrap());
    assert_eq!(store.queue_lengths(at(1)).await.unwrap(), []);
    assert!(store.test_push(agent.id, made.id, job()).await.unwrap());
    assert_eq!(store.queue_lengths(at(1)).await.unwrap().len(), 1);
}
