//! Facts about the marks that say how far messages have reached each side's screens.

use super::world::{NO_CONVERSATION, World, at, message, posted};
use crate::{
    Delivered, DeliveredMark, MAX_DELIVERED_MARKS, MarkDelivered, Store, StoreError, nothing,
};
use antiphon_domain::{ConversationId, Sender, SenderType};
use std::sync::Arc;

async fn deliver(world: &World, marks: &[(ConversationId, i64)]) -> Vec<Delivered> {
    let marks = marks
        .iter()
        .map(|(conversation_id, up_to_seq)| DeliveredMark {
            conversation_id: *conversation_id,
            up_to_seq: *up_to_seq,
        });
    let mark = MarkDelivered {
        reader: SenderType::Employee,
        marks: marks.collect(),
    };
    world.store.mark_delivered(mark, nothing()).await.unwrap()
}

/// An older mark that comes late changes nothing, and each side has a mark of its own. Delivered is not read.
pub async fn a_delivered_mark_moves_forward_only(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for _ in 0..3 {
        world.say("hello").await;
    }
    let moved = world.deliver(SenderType::Employee, 2).await;
    assert_eq!(moved.len(), 1);
    let update = &moved[0].update;
    assert_eq!(moved[0].up_to_seq, 2);
    assert_eq!(update.conversation.agent_delivered_seq, 2);
    assert_eq!(update.conversation.visitor_delivered_seq, 0);
    assert_eq!(update.conversation.agent_read_seq, 0);
    assert_eq!(update.unread_count, 3);
    let after = world.conversation().await;
    assert_eq!(after, update.conversation);
    for seq in [2, 1, 0, -1, i64::MIN] {
        assert_eq!(world.deliver(SenderType::Employee, seq).await, []);
    }
    assert_eq!(world.conversation().await, after);
    assert_eq!(world.messages().await[0].read_at, None);

    let moved = world.deliver(SenderType::Visitor, 1).await;
    assert_eq!(moved[0].update.conversation.visitor_delivered_seq, 1);
    assert_eq!(moved[0].update.conversation.agent_delivered_seq, 2);
}

/// Nobody has got what is not there yet.
pub async fn a_delivered_mark_beyond_the_end_is_at_the_end(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(world.deliver(SenderType::Employee, 5).await, []);
    world.say("one").await;
    let moved = world.deliver(SenderType::Employee, i64::MAX).await;
    assert_eq!(moved[0].up_to_seq, 1);
    world.say("two").await;
    assert_eq!(world.conversation().await.agent_delivered_seq, 1);
}

/// Whoever reads has it on screen; what was delivered further stays delivered.
pub async fn what_is_read_has_been_delivered(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for _ in 0..3 {
        world.say("hello").await;
    }
    world.read(SenderType::Employee, 1, at(2)).await;
    assert_eq!(world.conversation().await.agent_delivered_seq, 1);
    assert_eq!(world.deliver(SenderType::Employee, 1).await, []);
    world.deliver(SenderType::Employee, 3).await;
    world.read(SenderType::Employee, 2, at(3)).await;
    let conversation = world.conversation().await;
    assert_eq!(
        (
            conversation.agent_read_seq,
            conversation.agent_delivered_seq
        ),
        (2, 3)
    );
    world.read(SenderType::Visitor, 3, at(4)).await;
    assert_eq!(world.conversation().await.visitor_delivered_seq, 3);
}

/// Those that moved are answered, each once; of several marks of one conversation the furthest counts.
pub async fn marks_of_many_conversations_move_at_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (second, third) = (
        world.another_conversation(2).await,
        world.another_conversation(3).await,
    );
    for id in [world.id, second, second, third] {
        posted(world.post(message(id, Sender::Visitor, "hello")).await);
    }
    deliver(&world, &[(third, 1)]).await;
    let marks = [
        (second, 1),
        (world.id, 1),
        (second, 2),
        (third, 1),
        (second, 1),
    ];
    let moved: Vec<_> = deliver(&world, &marks)
        .await
        .into_iter()
        .map(|moved| (moved.update.conversation.id, moved.up_to_seq))
        .collect();
    assert_eq!(moved, [(world.id, 1), (second, 2)]);
}

/// A screen that gets a page of the inbox must not turn it upside down.
pub async fn delivered_marks_keep_the_order_of_the_inbox(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (second, third) = (
        world.another_conversation(2).await,
        world.another_conversation(3).await,
    );
    for id in [second, world.id, third] {
        posted(world.post(message(id, Sender::Visitor, "hello")).await);
    }
    let ids = async || {
        let rows = world.inbox().await;
        rows.iter()
            .map(|row| row.conversation.id)
            .collect::<Vec<_>>()
    };
    let before = ids().await;
    deliver(&world, &[(third, 1), (world.id, 1), (second, 1)]).await;
    assert_eq!(ids().await, before);
}

/// Absence is no error, and neither is having nothing to say.
pub async fn unknown_conversations_and_no_marks_change_nothing(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    assert_eq!(deliver(&world, &[]).await, []);
    let moved = deliver(&world, &[(NO_CONVERSATION, 1), (world.id, 1)]).await;
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].update.conversation.id, world.id);
}

/// A request is bounded.
pub async fn too_many_marks_are_an_error(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let marks = |n: usize| MarkDelivered {
        reader: SenderType::Employee,
        marks: vec![
            DeliveredMark {
                conversation_id: world.id,
                up_to_seq: 1,
            };
            n
        ],
    };
    let refused = world
        .store
        .mark_delivered(marks(MAX_DELIVERED_MARKS + 1), nothing())
        .await;
    assert!(
        matches!(refused, Err(StoreError::Internal(_))),
        "{refused:?}"
    );
    assert_eq!(world.conversation().await.agent_delivered_seq, 0);
    let taken = marks(MAX_DELIVERED_MARKS);
    let moved = world.store.mark_delivered(taken, nothing()).await.unwrap();
    assert_eq!(moved.len(), 1);
}
