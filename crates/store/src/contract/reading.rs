//! Facts about reading messages, and about the marks that say how far each side has read.

use super::world::{NO_CONVERSATION, World, at};
use crate::{MAX_PAGE, MarkRead, MessagePage, ReadOutcome, Store, nothing};
use antiphon_domain::{SenderType, Status};
use std::sync::Arc;

/// Each kind of page, at its edges.
pub async fn pages_are_ascending_and_cut_where_asked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(world.page(MessagePage::Last { limit: 10 }).await, []);
    for n in 1..=5 {
        world.say(&n.to_string()).await;
    }
    for (page, expected) in [
        (MessagePage::Last { limit: 2 }, &[4, 5][..]),
        (MessagePage::Last { limit: 9 }, &[1, 2, 3, 4, 5]),
        (MessagePage::Last { limit: 0 }, &[]),
        (MessagePage::After { seq: 0, limit: 2 }, &[1, 2]),
        (MessagePage::After { seq: 3, limit: 9 }, &[4, 5]),
        (MessagePage::After { seq: 5, limit: 9 }, &[]),
        (MessagePage::After { seq: -1, limit: 1 }, &[1]),
        (
            MessagePage::After {
                seq: i64::MAX,
                limit: 1,
            },
            &[],
        ),
        (MessagePage::Before { seq: 4, limit: 2 }, &[2, 3]),
        (MessagePage::Before { seq: 3, limit: 9 }, &[1, 2]),
        (MessagePage::Before { seq: 1, limit: 9 }, &[]),
        (
            MessagePage::Before {
                seq: i64::MAX,
                limit: 1,
            },
            &[5],
        ),
        (
            MessagePage::Before {
                seq: i64::MIN,
                limit: 1,
            },
            &[],
        ),
    ] {
        let seqs: Vec<i64> = world
            .page(page)
            .await
            .iter()
            .map(|message| message.seq)
            .collect();
        assert_eq!(seqs, expected, "{page:?}");
    }
}

/// A larger limit is taken for the largest.
pub async fn a_page_has_at_most_200_messages(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for n in 0..=MAX_PAGE {
        world.say(&n.to_string()).await;
    }
    for page in [
        MessagePage::Last { limit: u32::MAX },
        MessagePage::After {
            seq: 0,
            limit: u32::MAX,
        },
        MessagePage::Before {
            seq: i64::MAX,
            limit: MAX_PAGE + 1,
        },
    ] {
        assert_eq!(world.page(page).await.len(), MAX_PAGE as usize, "{page:?}");
    }
}

/// Absence is no error.
pub async fn an_unknown_conversation_has_no_page(store: Arc<dyn Store>) {
    let page = store
        .conversation_page(NO_CONVERSATION, MessagePage::Last { limit: 1 })
        .await
        .unwrap();
    assert!(page.is_none());
    assert_eq!(store.conversation(NO_CONVERSATION).await.unwrap(), None);
}

/// An older mark that comes late changes nothing.
pub async fn a_read_mark_moves_forward_only(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for _ in 0..3 {
        world.say("hello").await;
    }
    let ReadOutcome::Marked {
        up_to_seq: 2,
        update,
    } = world.read(SenderType::Employee, 2, at(5)).await
    else {
        panic!("not marked");
    };
    assert_eq!(update.conversation.agent_read_seq, 2);
    assert_eq!(update.conversation.visitor_read_seq, 0);
    let after = world.conversation().await;
    assert_eq!(after, update.conversation);
    for seq in [2, 1, 0, -1, i64::MIN] {
        assert_eq!(
            world.read(SenderType::Employee, seq, at(6)).await,
            ReadOutcome::Unchanged
        );
    }
    assert_eq!(world.conversation().await, after);
}

/// Nobody has read what is not there yet.
pub async fn a_mark_beyond_the_end_is_at_the_end(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(
        world.read(SenderType::Visitor, 5, at(2)).await,
        ReadOutcome::Unchanged
    );
    world.answer("one").await;
    let outcome = world.read(SenderType::Visitor, i64::MAX, at(3)).await;
    assert!(
        matches!(outcome, ReadOutcome::Marked { up_to_seq: 1, .. }),
        "{outcome:?}"
    );
    assert_eq!(world.conversation().await.visitor_read_seq, 1);
    world.answer("two").await;
    assert_eq!(world.messages().await[1].read_at, None);
}

/// A side reads what the other side wrote, up to the mark.
pub async fn reading_marks_the_other_sides_messages(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("1").await;
    world.answer("2").await;
    world.say("3").await;
    world.answer("4").await;
    world.say("5").await;
    let read_ats = async || {
        world
            .messages()
            .await
            .iter()
            .map(|message| message.read_at)
            .collect::<Vec<_>>()
    };

    world.read(SenderType::Employee, 4, at(10)).await;
    assert_eq!(
        read_ats().await,
        [Some(at(10)), None, Some(at(10)), None, None]
    );
    world.read(SenderType::Visitor, 2, at(11)).await;
    assert_eq!(
        read_ats().await,
        [Some(at(10)), Some(at(11)), Some(at(10)), None, None]
    );
    let conversation = world.conversation().await;
    assert_eq!(
        (conversation.visitor_read_seq, conversation.agent_read_seq),
        (2, 4)
    );
}

/// The first time counts.
pub async fn a_message_is_read_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("1").await;
    world.read(SenderType::Employee, 1, at(10)).await;
    world.say("2").await;
    let outcome = world.read(SenderType::Employee, 2, at(20)).await;
    let read_ats: Vec<_> = world
        .messages()
        .await
        .iter()
        .map(|message| message.read_at)
        .collect();
    assert_eq!(read_ats, [Some(at(10)), Some(at(20))]);
    let ReadOutcome::Marked { update, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        update
            .last_message
            .as_ref()
            .and_then(|message| message.read_at),
        Some(at(20))
    );
}

/// Agents' own messages are no news to the team, and the visitor's reading does not count.
pub async fn unread_are_the_visitors_messages_that_no_agent_read(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(world.say("1").await.update.unread_count, 1);
    assert_eq!(world.answer("2").await.update.unread_count, 1);
    assert_eq!(world.say("3").await.update.unread_count, 2);
    let unread_after = async |reader, seq| match world.read(reader, seq, at(9)).await {
        ReadOutcome::Marked { update, .. } => update.unread_count,
        other => panic!("{other:?}"),
    };
    assert_eq!(unread_after(SenderType::Visitor, 3).await, 2);
    assert_eq!(unread_after(SenderType::Employee, 1).await, 1);
    assert_eq!(unread_after(SenderType::Employee, 2).await, 1);
    assert_eq!(world.say("4").await.update.unread_count, 2);
    assert_eq!(unread_after(SenderType::Employee, 4).await, 0);
}

/// Closing ends the posting, not the reading.
pub async fn a_closed_conversation_can_be_read(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.answer("1").await;
    world.set_status(Status::Closed).await;
    let outcome = world.read(SenderType::Visitor, 1, at(9)).await;
    assert!(
        matches!(outcome, ReadOutcome::Marked { up_to_seq: 1, .. }),
        "{outcome:?}"
    );
    assert_eq!(world.conversation().await.status, Status::Closed);
}

/// There is nothing to read.
pub async fn an_unknown_conversation_is_not_read(store: Arc<dyn Store>) {
    let mark = MarkRead {
        conversation_id: NO_CONVERSATION,
        reader: SenderType::Visitor,
        up_to_seq: 1,
        at: at(1),
    };
    assert_eq!(
        store.mark_read(mark, nothing()).await.unwrap(),
        ReadOutcome::UnknownConversation
    );
}
