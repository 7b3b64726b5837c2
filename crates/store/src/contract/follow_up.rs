//! Facts about the jobs that follow from a write.

use super::world::{NO_CONVERSATION, World, at, client_id, message, open, posted};
use crate::{
    DeliveredMark, FollowUp, JobFilter, JobWaker, MarkDelivered, MarkRead, NewJob, NewMessage,
    PostOutcome, Store, StoreError, Triage, VisitorClaim,
};
use antiphon_domain::{Score, Sender, SenderType, Status};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A job that names the message it follows from; none if none was posted.
fn follow(outcome: &PostOutcome) -> Vec<NewJob> {
    match outcome {
        PostOutcome::Posted(posted) => {
            vec![NewJob::new("follow", posted.message.seq.to_string(), at(0))]
        }
        _ => Vec::new(),
    }
}

async fn payloads(world: &World) -> Vec<String> {
    let jobs = world
        .store
        .list_jobs(JobFilter::All, None, 200)
        .await
        .unwrap();
    jobs.into_iter().map(|job| job.payload).collect()
}

/// The jobs of a message are there when it is, know what it became, and are there once when it is sent twice.
pub async fn a_posted_message_enqueues_its_jobs(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("one").await;
    let new = NewMessage {
        client_id: Some(client_id(1)),
        ..message(world.id, Sender::Visitor, "two")
    };
    for _ in 0..2 {
        let follow_up = FollowUp::jobs(follow);
        world
            .store
            .post_message(new.clone(), follow_up)
            .await
            .unwrap();
    }
    assert_eq!(payloads(&world).await, ["2"]);
}

/// A write that did not happen has no jobs, whatever its follow-up says.
pub async fn what_was_not_stored_enqueues_nothing(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = message(NO_CONVERSATION, Sender::Visitor, "lost");
    let outcome = world
        .store
        .post_message(new, FollowUp::jobs(follow))
        .await
        .unwrap();
    assert_eq!(outcome, PostOutcome::UnknownConversation);
    let unknown_agent = message(world.id, Sender::Agent(super::world::NO_AGENT), "by nobody");
    let always = |_: &PostOutcome| vec![NewJob::new("follow", "0", at(0))];
    world
        .store
        .post_message(unknown_agent, FollowUp::jobs(always))
        .await
        .unwrap_err();
    assert_eq!(payloads(&world).await, [""; 0]);
}

/// A job that cannot be stored undoes the message, and so does a follow-up that panics; nobody hears of it.
pub async fn what_cannot_be_enqueued_is_not_posted(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let told = Arc::new(AtomicUsize::new(0));
    let impossible = |_: &PostOutcome| {
        let job = NewJob::new("follow", "1", at(0));
        vec![job, NewJob::new("follow", "no JSON", at(0))]
    };
    let panics = |_: &PostOutcome| -> Vec<NewJob> { panic!("a follow-up of a test") };
    let count = |told: &Arc<AtomicUsize>| {
        let told = Arc::clone(told);
        move |_: &PostOutcome| {
            told.fetch_add(1, Ordering::SeqCst);
        }
    };
    for follow_up in [
        FollowUp::told(count(&told)).and_jobs(impossible),
        FollowUp::told(count(&told)).and_jobs(panics),
    ] {
        let new = message(world.id, Sender::Visitor, "undone");
        let error = world.store.post_message(new, follow_up).await.unwrap_err();
        assert!(matches!(error, StoreError::Internal(_)), "{error:?}");
    }
    assert_eq!(payloads(&world).await, [""; 0]);
    assert_eq!(told.load(Ordering::SeqCst), 0);
    assert_eq!(world.say("stored").await.message.seq, 1);
}

/// Whoever runs jobs is woken by the message, and finds the job there.
pub async fn a_posted_message_wakes_for_its_jobs(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let n_woken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&n_woken);
    let waker: JobWaker = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    world.store.wake_on_jobs(&waker);
    world.say("without a job").await;
    assert_eq!(n_woken.load(Ordering::SeqCst), 0);
    let new = message(world.id, Sender::Visitor, "with one");
    let follow_up = FollowUp::jobs(follow).and_jobs(follow);
    posted(world.store.post_message(new, follow_up).await.unwrap());
    assert_eq!(n_woken.load(Ordering::SeqCst), 1);
    assert_eq!(payloads(&world).await, ["2", "2"]);
}

/// Every change of a conversation can have jobs.
pub async fn other_changes_enqueue_their_jobs(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    fn named<T>(name: &'static str) -> FollowUp<T> {
        FollowUp::jobs(move |_| vec![NewJob::new("follow", format!("\"{name}\""), at(0))])
    }
    let mark = MarkRead {
        conversation_id: world.id,
        reader: SenderType::Employee,
        up_to_seq: 1,
        at: at(2),
    };
    let delivered = MarkDelivered {
        reader: SenderType::Employee,
        marks: vec![DeliveredMark {
            conversation_id: world.id,
            up_to_seq: 1,
        }],
    };
    world
        .store
        .mark_delivered(delivered, named("delivered"))
        .await
        .unwrap();
    world.store.mark_read(mark, named("read")).await.unwrap();
    let snooze = Triage {
        status: Some(Status::Snoozed),
        snoozed_until: Some(at(4)),
        ..Triage::of(world.id, at(3))
    };
    world.store.triage(snooze, named("triage")).await.unwrap();
    let woken = world.store.wake(world.id, at(4), named("wake")).await;
    woken.unwrap();
    let rate = crate::Rate {
        conversation_id: world.id,
        score: Score::parse(5).unwrap(),
        comment: None,
        at: at(5),
    };
    world.store.rate(rate, named("rate")).await.unwrap();
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    let opened = world.store.open_conversation(again, named("open")).await;
    opened.unwrap();
    assert_eq!(
        payloads(&world).await,
        [
            "\"delivered\"",
            "\"read\"",
            "\"triage\"",
            "\"wake\"",
            "\"rate\"",
            "\"open\""
        ]
    );
}
