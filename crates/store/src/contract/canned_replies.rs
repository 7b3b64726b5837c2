//! Facts about canned replies.

use super::world::{at, make_agent};
use crate::{
    CannedReplyOutcome, MAX_OWN_CANNED_REPLIES, NewCannedReply, Store, UpdateCannedReply, nothing,
};
use antiphon_domain::{AgentId, CannedBody, CannedReply, CannedReplyId, CannedTitle, Shortcut};
use std::sync::Arc;

const NO_REPLY: CannedReplyId = CannedReplyId(987_654);

fn shortcut(text: &str) -> Shortcut {
    Shortcut::parse(text).unwrap()
}

fn new(agent_id: AgentId, shared: bool, text: &str) -> NewCannedReply {
    NewCannedReply {
        agent_id,
        shared,
        shortcut: shortcut(text),
        title: CannedTitle::parse(&format!("Say {text}")).unwrap(),
        body: CannedBody::parse("Hello {{visitor.name}} 👋").unwrap(),
        at: at(1),
    }
}

fn unchanged(reply: &CannedReply) -> UpdateCannedReply {
    UpdateCannedReply {
        id: reply.id,
        was_shared: reply.shared,
        shared: None,
        shortcut: None,
        title: None,
        body: None,
        at: at(2),
    }
}

async fn create(store: &Arc<dyn Store>, new: NewCannedReply) -> CannedReplyOutcome {
    store.create_canned_reply(new, nothing()).await.unwrap()
}

async fn update(store: &Arc<dyn Store>, update: UpdateCannedReply) -> CannedReplyOutcome {
    store.update_canned_reply(update, nothing()).await.unwrap()
}

fn saved(outcome: CannedReplyOutcome) -> CannedReply {
    match outcome {
        CannedReplyOutcome::Saved(reply) => *reply,
        other => panic!("not saved: {other:?}"),
    }
}

/// Each agent has its own and the shared ones, by id and in pages.
pub async fn an_agent_has_its_own_replies_and_the_shared_ones(store: Arc<dyn Store>) {
    let (ana, bea) = (
        make_agent(&store, "ana").await.id,
        make_agent(&store, "bea").await.id,
    );
    let own = saved(create(&store, new(ana, false, "hi")).await);
    let shared = saved(create(&store, new(ana, true, "bye")).await);
    let hers = saved(create(&store, new(bea, false, "hi")).await);
    let wanted = new(ana, false, "hi");
    assert_eq!(
        (
            &own.shortcut,
            &own.title,
            &own.body,
            own.agent_id,
            own.shared
        ),
        (&wanted.shortcut, &wanted.title, &wanted.body, ana, false)
    );
    assert_eq!((own.created_at, own.updated_at), (at(1), at(1)));
    let list = async |agent, after, limit| store.canned_replies(agent, after, limit).await.unwrap();
    assert_eq!(list(ana, None, 9).await, [own.clone(), shared.clone()]);
    assert_eq!(list(bea, None, 9).await, [shared.clone(), hers]);
    assert_eq!(list(ana, None, 1).await, std::slice::from_ref(&own));
    assert_eq!(list(ana, Some(own.id), 1).await, [shared]);
    assert_eq!(store.canned_reply(own.id).await.unwrap(), Some(own));
    assert_eq!(store.canned_reply(NO_REPLY).await.unwrap(), None);
}

/// A shortcut calls up one of the shared replies, and one of an agent's own.
pub async fn a_shortcut_is_one_replys(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await.id;
    let shared = saved(create(&store, new(ana, true, "hi")).await);
    let own = saved(create(&store, new(ana, false, "hi")).await);
    let other = saved(create(&store, new(ana, false, "bye")).await);
    for shared in [true, false] {
        assert_eq!(
            create(&store, new(ana, shared, "hi")).await,
            CannedReplyOutcome::ShortcutTaken
        );
    }
    let taken = UpdateCannedReply {
        shortcut: Some(shortcut("hi")),
        ..unchanged(&other)
    };
    assert_eq!(
        update(&store, taken).await,
        CannedReplyOutcome::ShortcutTaken
    );
    let to_share = UpdateCannedReply {
        shared: Some(true),
        ..unchanged(&own)
    };
    assert_eq!(
        update(&store, to_share).await,
        CannedReplyOutcome::ShortcutTaken
    );
    let same = UpdateCannedReply {
        shortcut: Some(shortcut("hi")),
        ..unchanged(&shared)
    };
    saved(update(&store, same).await);
}

/// What is told is changed, the rest stays; and what was let happen to one kind does not happen to the other.
pub async fn a_canned_reply_is_changed_and_removed(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await.id;
    let reply = saved(create(&store, new(ana, false, "hi")).await);
    let change = UpdateCannedReply {
        shared: Some(true),
        title: Some(CannedTitle::parse("Greet").unwrap()),
        ..unchanged(&reply)
    };
    let changed = saved(update(&store, change.clone()).await);
    let expected = CannedReply {
        shared: true,
        title: CannedTitle::parse("Greet").unwrap(),
        updated_at: at(2),
        ..reply.clone()
    };
    assert_eq!(changed, expected);
    assert_eq!(store.canned_reply(reply.id).await.unwrap(), Some(expected));
    // It is shared by now.
    assert_eq!(update(&store, change).await, CannedReplyOutcome::Unknown);
    let delete = async |shared| {
        store
            .delete_canned_reply(reply.id, shared, nothing())
            .await
            .unwrap()
    };
    assert!(!delete(false).await);
    assert!(delete(true).await);
    assert!(!delete(true).await);
    assert_eq!(store.canned_reply(reply.id).await.unwrap(), None);
}

/// Nobody fills the table.
pub async fn an_agent_has_so_many_replies_and_no_more(store: Arc<dyn Store>) {
    let ana = make_agent(&store, "ana").await.id;
    for n in 0..MAX_OWN_CANNED_REPLIES {
        saved(create(&store, new(ana, false, &format!("r{n}"))).await);
    }
    assert_eq!(
        create(&store, new(ana, false, "more")).await,
        CannedReplyOutcome::TooMany(MAX_OWN_CANNED_REPLIES)
    );
    saved(create(&store, new(ana, true, "more")).await);
}
