//! Facts about messages with files.

use super::world::{
    NO_CONVERSATION, World, at, client_id, file, file_key, message, posted, upload,
};
use crate::{
    DescribeAttachment, DescribeOutcome, FollowUp, NewMessage, NewUpload, PostOutcome, Store,
    UploadVolume, nothing,
};
use antiphon_domain::{
    AttachmentDetails, AttachmentId, MessageBody, NewAttachment, Sender, Status, Waveform,
};
use std::sync::Arc;
use std::sync::mpsc::channel;

fn new_upload(world: &World, sender: Sender, files: Vec<NewAttachment>) -> NewUpload {
    let text = MessageBody::parse("see here").unwrap();
    upload(&message(world.id, sender, "-"), Some(text), files)
}

async fn send(world: &World, new: NewUpload) -> PostOutcome {
    world.store.post_upload(new, nothing()).await.unwrap()
}

/// The files come back in their order, with everything that was said of them, wherever the message is read.
pub async fn a_message_with_files_is_stored_as_it_was_posted(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let files = vec![file(3), file(2), file(1)];
    let sent = posted(send(&world, new_upload(&world, Sender::Visitor, files.clone())).await);
    let message = &sent.message;
    assert_eq!((message.seq, message.body.as_str()), (1, "see here"));
    assert!(!message.is_voice);
    assert_eq!(message.attachments.len(), 3);
    for (stored, file) in message.attachments.iter().zip(&files) {
        assert_eq!(
            (&stored.file, &stored.name, &stored.content_type),
            (&file.file, &file.name, &file.content_type)
        );
        assert_eq!(
            (stored.size, stored.dimensions, stored.duration_ms),
            (file.size, file.dimensions, file.duration_ms)
        );
        assert_eq!((&stored.thumbnail, &stored.waveform), (&None, &None));
        let found = world.store.attachment(stored.id).await.unwrap().unwrap();
        assert_eq!(
            (&found.attachment, found.conversation_id),
            (stored, world.id)
        );
    }
    assert_eq!(sent.update.last_message.as_ref(), Some(message));
    assert_eq!(world.messages().await, *std::slice::from_ref(message));
}

/// A message may be nothing but its files; a recording says that it is one.
pub async fn a_message_needs_no_text_beside_its_files(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = NewUpload {
        body: None,
        is_voice: true,
        ..new_upload(&world, Sender::Agent(world.agent.id), vec![file(1)])
    };
    let sent = posted(send(&world, new).await).message;
    assert_eq!((sent.body.as_str(), sent.is_voice), ("", true));
    assert_eq!(sent.sender_name.as_deref(), Some("ana"));
    assert_eq!(world.messages().await, [sent]);
}

/// Without a file it is no upload, and nothing is stored.
pub async fn an_upload_without_files_is_an_error(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = new_upload(&world, Sender::Visitor, Vec::new());
    assert!(world.store.post_upload(new, nothing()).await.is_err());
    assert!(world.messages().await.is_empty());
}

/// The first upload's files are the message's; those of a repeat are nobody's.
pub async fn a_repeated_upload_answers_the_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let with = |n| NewUpload {
        client_id: Some(client_id(7)),
        ..new_upload(&world, Sender::Visitor, vec![file(n)])
    };
    let first = posted(send(&world, with(1)).await).message;
    assert_eq!(
        send(&world, with(2)).await,
        PostOutcome::Repeated(Box::new(first.clone()))
    );
    let text = NewMessage {
        client_id: Some(client_id(7)),
        ..message(world.id, Sender::Visitor, "words")
    };
    assert_eq!(
        world.post(text).await,
        PostOutcome::Repeated(Box::new(first))
    );
    let keys = vec![file_key(1), file_key(2)];
    assert_eq!(
        world.store.unknown_files(keys).await.unwrap(),
        [file_key(2)]
    );
}

/// As a message without files.
pub async fn a_closed_conversation_takes_no_file(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let unknown = NewUpload {
        conversation_id: NO_CONVERSATION,
        ..new_upload(&world, Sender::Visitor, vec![file(1)])
    };
    assert_eq!(
        send(&world, unknown).await,
        PostOutcome::UnknownConversation
    );
    world.set_status(Status::Closed).await;
    let new = new_upload(&world, Sender::Visitor, vec![file(1)]);
    assert_eq!(send(&world, new).await, PostOutcome::Closed);
    let keys = vec![file_key(1)];
    assert_eq!(world.store.unknown_files(keys.clone()).await.unwrap(), keys);
}

fn details(thumbnail: u32) -> AttachmentDetails {
    AttachmentDetails {
        thumbnail: Some(file_key(thumbnail)),
        duration_ms: Some(1234),
        waveform: Some(Waveform::new((0..64).collect()).unwrap()),
    }
}

/// What is found out stands in the message, is told with a new revision, and is not found out twice.
pub async fn a_file_is_described_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let files = vec![file(3), file(4)];
    let sent = posted(send(&world, new_upload(&world, Sender::Visitor, files)).await);
    world.say("more").await;
    let id = sent.message.attachments[0].id;
    let describe = |thumbnail| DescribeAttachment {
        id,
        details: details(thumbnail),
        at: at(9),
    };
    let (tell, heard) = channel();
    let tell = FollowUp::told(move |outcome: &DescribeOutcome| tell.send(outcome.clone()).unwrap());
    let outcome = world
        .store
        .describe_attachment(describe(10), tell)
        .await
        .unwrap();
    assert_eq!(heard.try_recv().as_ref(), Ok(&outcome));
    let DescribeOutcome::Described { message, update } = outcome else {
        panic!("not described: {outcome:?}")
    };
    let known = &message.attachments[0];
    assert_eq!(
        AttachmentDetails {
            thumbnail: known.thumbnail.clone(),
            duration_ms: known.duration_ms,
            waveform: known.waveform.clone(),
        },
        details(10)
    );
    assert_eq!(message.attachments[1], sent.message.attachments[1]);
    assert!(update.conversation.revision > sent.update.conversation.revision);
    assert_eq!(update.conversation, world.conversation().await);
    assert_eq!(update.last_message.as_ref().map(|last| last.seq), Some(2));
    assert_eq!(world.messages().await[0], *message);

    let again = world.store.describe_attachment(describe(11), nothing());
    assert_eq!(again.await.unwrap(), DescribeOutcome::Unchanged);
    let keys = vec![file_key(10), file_key(11)];
    assert_eq!(
        world.store.unknown_files(keys).await.unwrap(),
        [file_key(11)]
    );
}

/// What could not be found out changes nothing, and is done with.
pub async fn a_file_of_which_nothing_is_found_out_is_done_too(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let sent = posted(send(&world, new_upload(&world, Sender::Visitor, vec![file(3)])).await);
    let describe = |id| DescribeAttachment {
        id,
        details: AttachmentDetails::default(),
        at: at(9),
    };
    let id = sent.message.attachments[0].id;
    let outcome = world.store.describe_attachment(describe(id), nothing());
    assert_eq!(outcome.await.unwrap(), DescribeOutcome::Unchanged);
    assert_eq!(world.conversation().await, sent.update.conversation);
    assert_eq!(world.messages().await, [sent.message]);
    let nobody = AttachmentId(987_654);
    let outcome = world.store.describe_attachment(describe(nobody), nothing());
    assert_eq!(outcome.await.unwrap(), DescribeOutcome::UnknownAttachment);
}

/// A visitor's own files since a moment; an agent's are not the visitor's.
pub async fn what_a_visitor_sent_is_counted(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let visitor = world.opened.visitor.id;
    for (seconds, sender, files) in [
        (10, Sender::Visitor, vec![file(1)]),
        (20, Sender::Visitor, vec![file(2), file(3)]),
        (20, Sender::Agent(world.agent.id), vec![file(4)]),
    ] {
        let new = NewUpload {
            at: at(seconds),
            ..new_upload(&world, sender, files)
        };
        posted(send(&world, new).await);
    }
    for (since, files, bytes) in [(10, 3, 6003), (11, 2, 5002), (21, 0, 0)] {
        let found = world
            .store
            .uploaded_since(visitor, at(since))
            .await
            .unwrap();
        assert_eq!(found, UploadVolume { files, bytes }, "since {since}");
    }
}
