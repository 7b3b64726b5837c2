//! Facts about the audit log.

use super::world::{NO_CONVERSATION, World, at};
use crate::{
    AUDIT_SECONDS, AuditEntry, AuditFilter, FollowUp, NewAuditEntry, Store, StoreError, Subject,
    Triage, TriageOutcome,
};
use antiphon_domain::{AgentId, AuditEntryId, ConversationId, Status, Timestamp};
use std::sync::Arc;

fn entry(action: &'static str, when: Timestamp) -> NewAuditEntry {
    NewAuditEntry {
        at: when,
        agent_id: None,
        agent_name: "command line".to_owned(),
        action,
        subject: Subject::new("conversation"),
        details: None,
        address: None,
    }
}

/// Any write can be audited; a status is the shortest.
async fn act(
    world: &World,
    id: ConversationId,
    status: Status,
    audit: impl FnOnce(&TriageOutcome) -> Option<NewAuditEntry> + Send + 'static,
) -> Result<TriageOutcome, StoreError> {
    let set = Triage {
        status: Some(status),
        ..Triage::of(id, at(1))
    };
    world.store.triage(set, FollowUp::audit(audit)).await
}

async fn entries(world: &World, filter: AuditFilter, limit: u32) -> Vec<AuditEntry> {
    world.store.audit_entries(filter, limit).await.unwrap()
}

async fn actions(world: &World, filter: AuditFilter) -> Vec<String> {
    let entries = entries(world, filter, 200).await;
    entries.into_iter().map(|entry| entry.action).collect()
}

/// The entry knows what became of the act, and comes back as it was written.
pub async fn an_entry_is_written_with_its_act(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let agent = world.agent.clone();
    let new = NewAuditEntry {
        agent_id: Some(agent.id),
        agent_name: agent.name.as_str().to_owned(),
        address: Some("192.0.2.1".to_owned()),
        ..entry("conversation.closed", at(5))
    };
    act(
        &world,
        world.id,
        Status::Closed,
        move |outcome| match outcome {
            TriageOutcome::Changed(triaged) => Some(
                new.about(triaged.update.conversation.id.0)
                    .with(r#"{"why":"done"}"#),
            ),
            _ => None,
        },
    )
    .await
    .unwrap();
    let written = entries(&world, AuditFilter::default(), 200).await;
    let [written] = &written[..] else {
        panic!("{written:?}");
    };
    let expected = AuditEntry {
        id: written.id,
        at: at(5),
        agent_id: Some(agent.id),
        agent_name: agent.name.as_str().to_owned(),
        action: "conversation.closed".to_owned(),
        subject_type: "conversation".to_owned(),
        subject_id: Some(world.id.0),
        details: Some(r#"{"why":"done"}"#.to_owned()),
        address: Some("192.0.2.1".to_owned()),
    };
    assert_eq!(*written, expected);
}

/// A write that changed nothing has no entry, if its follow-up says so.
pub async fn what_was_not_stored_is_not_audited(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    act(&world, NO_CONVERSATION, Status::Closed, |outcome| {
        matches!(outcome, TriageOutcome::Changed(_)).then(|| entry("conversation.closed", at(1)))
    })
    .await
    .unwrap();
    assert_eq!(actions(&world, AuditFilter::default()).await, [""; 0]);
}

/// An entry that cannot be written undoes the act, and so does a follow-up that panics.
pub async fn what_cannot_be_audited_is_not_done(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let impossible = |_: &TriageOutcome| Some(entry("conversation.closed", at(1)).with("no JSON"));
    let panics = |_: &TriageOutcome| -> Option<NewAuditEntry> { panic!("a follow-up of a test") };
    act(&world, world.id, Status::Closed, impossible)
        .await
        .unwrap_err();
    act(&world, world.id, Status::Closed, panics)
        .await
        .unwrap_err();
    let conversation = world.store.conversation(world.id).await.unwrap().unwrap();
    assert_eq!(conversation.status, Status::Pending);
    assert_eq!(actions(&world, AuditFilter::default()).await, [""; 0]);
}

/// A page continues where the last ended; filters tell actions, nouns and agents apart.
pub async fn entries_are_listed_newest_first_by_filter(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let agent_id = Some(world.agent.id);
    for (action, agent_id) in [
        ("agent.invited", agent_id),
        ("agent.deactivated", None),
        ("label.created", agent_id),
    ] {
        let new = NewAuditEntry {
            agent_id,
            ..entry(action, at(1))
        };
        act(&world, world.id, Status::Active, move |_| Some(new))
            .await
            .unwrap();
    }
    let all = AuditFilter::default();
    assert_eq!(
        actions(&world, all.clone()).await,
        ["label.created", "agent.deactivated", "agent.invited"]
    );
    let page = entries(&world, all.clone(), 2).await;
    assert_eq!(page.len(), 2);
    let before: Option<AuditEntryId> = page.last().map(|entry| entry.id);
    let rest = AuditFilter {
        before,
        ..all.clone()
    };
    assert_eq!(actions(&world, rest).await, ["agent.invited"]);
    let of = |action: &str, agent_id: Option<AgentId>| AuditFilter {
        action: Some(action.to_owned()).filter(|action| !action.is_empty()),
        agent_id,
        before: None,
    };
    assert_eq!(
        actions(&world, of("agent.", None)).await,
        ["agent.deactivated", "agent.invited"]
    );
    assert_eq!(
        actions(&world, of("agent.invited", None)).await,
        ["agent.invited"]
    );
    assert_eq!(
        actions(&world, of("", agent_id)).await,
        ["label.created", "agent.invited"]
    );
    assert_eq!(actions(&world, of("agent%", None)).await, [""; 0]);
    assert_eq!(actions(&world, of("agent", None)).await, [""; 0]);
}

/// The log does not grow for ever.
pub async fn old_entries_are_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for (action, when) in [
        ("label.created", at(0)),
        ("label.changed", at(1)),
        ("label.deleted", at(1).plus_seconds(AUDIT_SECONDS)),
    ] {
        act(&world, world.id, Status::Active, move |_| {
            Some(entry(action, when))
        })
        .await
        .unwrap();
    }
    assert_eq!(
        actions(&world, AuditFilter::default()).await,
        ["label.deleted", "label.changed"]
    );
}
