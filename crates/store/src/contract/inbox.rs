//! Facts about the inbox: what is in it, in which order, and that nothing is missed.

use super::world::{
    NO_AGENT, NO_CONVERSATION, World, at, at_once, changed, make_agent, message, posted,
};
use crate::{LabelChange, MAX_PAGE, MarkRead, Store, Triage, TriageOutcome, nothing};
use antiphon_domain::{Assignee, ConversationId, InboxUpdate, Sender, SenderType, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

fn ids(rows: &[InboxUpdate]) -> Vec<ConversationId> {
    rows.iter().map(|row| row.conversation.id).collect()
}

/// Opening the chat is no request, whatever is done to the conversation.
pub async fn an_empty_conversation_is_not_in_the_inbox(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.set_status(Status::Closed).await;
    world.set_status(Status::Pending).await;
    assert_eq!(world.inbox().await, []);
    world.say("hello").await;
    assert_eq!(ids(&world.inbox().await), [world.id]);
}

/// A client that has read the first page of a list goes on from here, whatever the list left out.
pub async fn the_newest_revision_is_that_of_the_last_change(store: Arc<dyn Store>) {
    assert_eq!(store.newest_revision().await.unwrap(), 0);
    let world = World::new(Arc::clone(&store)).await;
    world.say("hello").await;
    world.set_status(Status::Closed).await;
    let rows = world.inbox().await;
    let newest_revision = store.newest_revision().await.unwrap();
    assert_eq!(newest_revision, rows[0].conversation.revision);
}

/// The oldest change first, of whatever status.
pub async fn the_last_changed_comes_last(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (second, third) = (
        world.another_conversation(2).await,
        world.another_conversation(3).await,
    );
    for id in [world.id, second, third, second] {
        posted(world.post(message(id, Sender::Visitor, "hello")).await);
    }
    assert_eq!(ids(&world.inbox().await), [world.id, third, second]);
    for status in [Status::Snoozed, Status::Closed] {
        world.set_status(status).await;
        assert_eq!(ids(&world.inbox().await), [third, second, world.id]);
    }
}

/// A message, a read mark, a status, an assignment, a new conversation: each has a larger revision than all before.
pub async fn every_change_draws_a_larger_revision(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut revisions = vec![world.opened.conversation.revision];
    revisions.push(world.say("hello").await.update.conversation.revision);
    revisions.push(world.answer("hello").await.update.conversation.revision);
    for reader in [SenderType::Visitor, SenderType::Employee] {
        world.read(reader, 1, at(2)).await;
        revisions.push(world.conversation().await.revision);
    }
    for status in [Status::Closed, Status::Pending] {
        world.set_status(status).await;
        revisions.push(world.conversation().await.revision);
    }
    let other = world.another_conversation(2).await;
    revisions.push(
        world
            .store
            .conversation(other)
            .await
            .unwrap()
            .unwrap()
            .revision,
    );
    for agent_id in [Some(world.agent.id), None] {
        world.assign(agent_id).await;
        revisions.push(world.conversation().await.revision);
    }
    assert!(
        revisions.is_sorted_by(|before, after| before < after),
        "{revisions:?}"
    );
}

/// Nobody is told of what did not change.
pub async fn what_changes_nothing_draws_no_revision(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    world.read(SenderType::Employee, 1, at(2)).await;
    let row = world.inbox().await.remove(0);
    world.read(SenderType::Employee, 1, at(3)).await;
    let triage = Triage {
        status: Some(Status::Pending),
        agent_id: Some(None),
        team_id: Some(None),
        priority: Some(None),
        labels: Some(LabelChange::Set(Vec::new())),
        ..Triage::of(world.id, at(3))
    };
    for same in [Triage::of(world.id, at(3)), triage] {
        let unchanged = TriageOutcome::Unchanged(Box::new(row.clone()));
        assert_eq!(world.triage(same).await, unchanged);
    }
    assert_eq!(world.inbox().await, [row]);
}

/// Somebody who reads on from the last revision it saw ends with every conversation as it is.
pub async fn changed_since_is_complete(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut all = vec![world.id];
    for n in 2..=6 {
        all.push(world.another_conversation(n).await);
    }
    let mut seen = BTreeMap::new();
    let mut revision = 0;
    for round in 0..4 {
        for id in all.iter().copied().skip(round) {
            posted(world.post(message(id, Sender::Visitor, "hello")).await);
        }
        let conversation_id = all[round];
        let assign = Triage {
            agent_id: Some(Some(world.agent.id)),
            ..Triage::of(conversation_id, at(2))
        };
        world.triage(assign).await;
        let mark = MarkRead {
            conversation_id,
            reader: SenderType::Employee,
            up_to_seq: 1,
            at: at(3),
        };
        world.store.mark_read(mark, nothing()).await.unwrap();
        loop {
            let page = world.store.changed_since(revision, 2).await.unwrap();
            for row in page.iter().cloned() {
                assert!(row.conversation.revision > revision);
                revision = row.conversation.revision;
                seen.insert(row.conversation.id, row);
            }
            if page.len() < 2 {
                break;
            }
        }
        for row in world.inbox().await {
            assert_eq!(seen.get(&row.conversation.id), Some(&row));
        }
        assert_eq!(seen.len(), all.len());
    }
}

/// Two changes never share a revision, so a page boundary never falls between two of the same.
pub async fn revisions_are_unique_under_concurrent_writers(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    let mut revisions = at_once(60, |n| {
        let store = Arc::clone(&world.store);
        let new = message(
            if n % 3 == 0 { world.id } else { other },
            Sender::Visitor,
            "hello",
        );
        async move {
            posted(store.post_message(new, nothing()).await.unwrap())
                .update
                .conversation
                .revision
        }
    })
    .await;
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 60);
    let rows = world.inbox().await;
    let last = rows.last().map(|row| row.conversation.revision);
    assert_eq!(last.as_ref(), revisions.last());
}

/// A larger limit is taken for the largest.
pub async fn a_page_has_at_most_200_rows(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for n in 2..=MAX_PAGE + 2 {
        let id = world.another_conversation(n).await;
        posted(world.post(message(id, Sender::Visitor, "hello")).await);
    }
    let rows = world.store.changed_since(0, u32::MAX).await.unwrap();
    assert_eq!(rows.len(), MAX_PAGE as usize);
}

/// Every status can follow every other.
pub async fn a_status_is_set_and_told(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let posted = world.say("hello").await;
    for status in [
        Status::Closed,
        Status::Active,
        Status::Snoozed,
        Status::Closed,
        Status::Pending,
    ] {
        let set = Triage {
            status: Some(status),
            ..Triage::of(world.id, at(2))
        };
        let update = changed(world.triage(set).await);
        assert_eq!(update.conversation.status, status);
        assert_eq!(update.conversation, world.conversation().await);
        assert_eq!(update.last_message.as_ref(), Some(&posted.message));
        assert_eq!(
            (update.widget_name.as_str(), update.unread_count),
            (world.widget.name.as_str(), 1)
        );
    }
    let set = Triage {
        status: Some(Status::Closed),
        ..Triage::of(NO_CONVERSATION, at(2))
    };
    assert_eq!(world.triage(set).await, TriageOutcome::UnknownConversation);
}

/// The one who looks after it is named in the conversation.
pub async fn a_conversation_is_given_to_an_agent_and_taken_away(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = make_agent(&world.store, "bea").await;
    for agent in [Some(&world.agent), Some(&other), None] {
        let id = agent.map(|agent| agent.id);
        let update = changed(world.assign(id).await);
        let expected = agent.map(|agent| Assignee {
            id: agent.id,
            name: agent.name.as_str().to_owned(),
        });
        assert_eq!(update.conversation.assigned_to, expected);
        assert_eq!(update.conversation, world.conversation().await);
        let again = world.assign(id).await;
        assert_eq!(again, TriageOutcome::Unchanged(Box::new(update)));
    }
}

/// Both must be there, and a refusal changes nothing.
pub async fn nobody_unknown_is_given_a_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let assigned = world.assign(Some(NO_AGENT)).await;
    assert_eq!(assigned, TriageOutcome::UnknownAgent);
    let assign = Triage {
        agent_id: Some(Some(world.agent.id)),
        ..Triage::of(NO_CONVERSATION, at(2))
    };
    assert_eq!(
        world.triage(assign).await,
        TriageOutcome::UnknownConversation
    );
    assert_eq!(world.conversation().await, world.opened.conversation);
}
