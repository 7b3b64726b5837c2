//! Facts about messages that are edited, deleted, and quoted.

use super::world::{World, at, file, make_agent, message, posted, upload};
use crate::{
    ChangedMessage, DeleteMessage, DescribeAttachment, EditMessage, EditOutcome, FollowUp,
    NewMessage, PostOutcome, Store, nothing,
};
use antiphon_domain::{
    AgentId, AttachmentDetails, Message, MessageBody, MessageId, QuickReplies, QuickReply, Quote,
    Sender, SenderType,
};
use std::sync::{Arc, mpsc};

const NO_MESSAGE: MessageId = MessageId(987_654);

fn to(id: MessageId, agent_id: AgentId, text: &str) -> EditMessage {
    EditMessage {
        id,
        agent_id,
        body: MessageBody::parse(text).unwrap(),
        sent_since: at(0),
        at: at(50),
    }
}

async fn edit(world: &World, edit: EditMessage) -> EditOutcome {
    world.store.edit_message(edit, nothing()).await.unwrap()
}

async fn delete(world: &World, id: MessageId, agent_id: AgentId) -> EditOutcome {
    let delete = DeleteMessage {
        id,
        agent_id,
        sent_since: at(0),
        at: at(60),
    };
    world.store.delete_message(delete, nothing()).await.unwrap()
}

fn changed(outcome: EditOutcome) -> ChangedMessage {
    match outcome {
        EditOutcome::Changed(changed) => *changed,
        other => panic!("not changed: {other:?}"),
    }
}

/// Which messages a client finds that was away since this revision and has them up to this one.
async fn missed(world: &World, revision: i64, up_to_seq: i64) -> Vec<Message> {
    world
        .store
        .changed_messages(world.id, revision, up_to_seq, 200)
        .await
        .unwrap()
}

/// An edited message keeps its place, its sender and its time, and is told of at the commit.
pub async fn an_edited_message_keeps_its_place(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let before = world.answer("frist").await;
    assert_eq!(before.message.agent_id, Some(world.agent.id));
    let (hear, heard) = mpsc::channel();
    let follow_up =
        FollowUp::told(move |outcome: &EditOutcome| hear.send(outcome.clone()).unwrap());
    let outcome = world
        .store
        .edit_message(to(before.message.id, world.agent.id, "first"), follow_up)
        .await
        .unwrap();
    assert_eq!(heard.try_recv().unwrap(), outcome);
    let edited = changed(outcome);
    assert_eq!(
        edited.message,
        Message {
            body: "first".to_owned(),
            edited_at: Some(at(50)),
            ..before.message
        }
    );
    assert_eq!(world.messages().await[1], edited.message);
    assert_eq!(edited.update.last_message.as_ref(), Some(&edited.message));
    assert_eq!(edited.update.conversation, world.conversation().await);
    assert_eq!(
        edited.update.conversation.revision,
        before.update.conversation.revision + 1
    );
    assert_eq!(edited.unnamed_files, []);
}

/// A deleted message says only that it was: no text, no files, no answers to choose from, and nothing that it answered.
pub async fn a_deleted_message_keeps_only_its_place(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let question = world.say("where?").await.message;
    let new = NewMessage {
        reply_to_seq: Some(question.seq),
        ..message(world.id, Sender::Agent(world.agent.id), "there")
    };
    let body = Some(new.body.clone());
    let with_files = upload(&new, body, vec![file(1), file(2)]);
    let outcome = world
        .store
        .post_upload(with_files, nothing())
        .await
        .unwrap();
    let sent = posted(outcome).message;
    let files: Vec<_> = sent.attachments.iter().map(|it| it.file.clone()).collect();
    let deleted = changed(delete(&world, sent.id, world.agent.id).await);
    assert_eq!(
        deleted.message,
        Message {
            body: String::new(),
            attachments: Vec::new(),
            reply_to: None,
            deleted_at: Some(at(60)),
            ..sent.clone()
        }
    );
    assert_eq!(deleted.unnamed_files, files);
    assert_eq!(
        world.store.unknown_files(files.clone()).await.unwrap(),
        files
    );
    assert_eq!(world.messages().await[1], deleted.message);
    assert_eq!(
        delete(&world, sent.id, world.agent.id).await,
        EditOutcome::Unchanged(Box::new(deleted.message))
    );
    assert_eq!(
        edit(&world, to(sent.id, world.agent.id, "again")).await,
        EditOutcome::UnknownMessage
    );

    let offering = NewMessage {
        quick_replies: QuickReplies::new(vec![QuickReply {
            text: "Yes".to_owned(),
            value: None,
            url: None,
        }])
        .unwrap(),
        ..message(world.id, Sender::Agent(world.agent.id), "Is it?")
    };
    let sent = posted(world.post(offering).await).message;
    let deleted = changed(delete(&world, sent.id, world.agent.id).await);
    assert!(deleted.message.quick_replies.is_empty());
}

/// Only who sent it, only so long, and what changes nothing draws no revision.
pub async fn a_message_is_its_senders_to_change_for_a_while(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let bea = make_agent(&world.store, "bea").await;
    let said = world.say("by the visitor").await.message;
    let sent = world.answer("by ana").await.message;
    let before = world.store.newest_revision().await.unwrap();
    for id in [said.id, sent.id] {
        assert_eq!(
            edit(&world, to(id, bea.id, "x")).await,
            EditOutcome::NotSender
        );
        assert_eq!(delete(&world, id, bea.id).await, EditOutcome::NotSender);
    }
    assert_eq!(
        edit(&world, to(NO_MESSAGE, bea.id, "x")).await,
        EditOutcome::UnknownMessage
    );
    assert_eq!(
        delete(&world, NO_MESSAGE, bea.id).await,
        EditOutcome::UnknownMessage
    );
    assert_eq!(
        edit(&world, to(sent.id, world.agent.id, "by ana")).await,
        EditOutcome::Unchanged(Box::new(sent.clone()))
    );
    let late = EditMessage {
        sent_since: at(2),
        ..to(sent.id, world.agent.id, "too late")
    };
    assert_eq!(edit(&world, late).await, EditOutcome::TooLate);
    let late = DeleteMessage {
        id: sent.id,
        agent_id: world.agent.id,
        sent_since: at(2),
        at: at(60),
    };
    assert_eq!(
        world.store.delete_message(late, nothing()).await.unwrap(),
        EditOutcome::TooLate
    );
    assert_eq!(world.store.newest_revision().await.unwrap(), before);
    assert_eq!(world.messages().await, [said, sent]);
}

/// A client that was away finds what has changed of the messages that it has, and nothing else.
pub async fn what_was_missed_is_found_by_its_revision(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let one = world.answer("one").await.message;
    let two = world.answer("two").await.message;
    let start = world.store.newest_revision().await.unwrap();
    assert_eq!(missed(&world, 0, 9).await, []);
    let two = changed(edit(&world, to(two.id, world.agent.id, "2")).await);
    let one = changed(delete(&world, one.id, world.agent.id).await);
    let both = [one.message.clone(), two.message.clone()];
    assert_eq!(missed(&world, start, 3).await, both);
    assert_eq!(missed(&world, start, 2).await, both[..1]);
    let after_two = two.update.conversation.revision;
    assert_eq!(missed(&world, after_two, 3).await, both[..1]);
    assert_eq!(missed(&world, after_two + 1, 3).await, []);
    let newest = world
        .store
        .changed_messages(world.id, start, 3, 1)
        .await
        .unwrap();
    assert_eq!(newest, both[..1], "the last that was changed");

    // So is what became known of a file.
    let with_file = upload(
        &message(world.id, Sender::Visitor, "x"),
        None,
        vec![file(3)],
    );
    let outcome = world.store.post_upload(with_file, nothing()).await.unwrap();
    let sent = posted(outcome);
    let describe = DescribeAttachment {
        id: sent.message.attachments[0].id,
        details: AttachmentDetails {
            duration_ms: Some(7),
            ..AttachmentDetails::default()
        },
        at: at(70),
    };
    world
        .store
        .describe_attachment(describe, nothing())
        .await
        .unwrap();
    let found = missed(&world, sent.update.conversation.revision, 4).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].attachments[0].duration_ms, Some(7));
}

/// A message that answers another quotes it as it stands.
pub async fn a_message_quotes_another_as_it_stands(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let question = world.say("where is\n my  order?").await.message;
    let answer = NewMessage {
        reply_to_seq: Some(1),
        ..message(world.id, Sender::Agent(world.agent.id), "On its way")
    };
    let answer = posted(world.post(answer).await).message;
    assert_eq!(
        answer.reply_to,
        Some(Quote {
            seq: question.seq,
            sender_type: SenderType::Visitor,
            sender_name: Some("Vera".to_owned()),
            excerpt: "where is my order?".to_owned(),
        })
    );
    let reply = NewMessage {
        reply_to_seq: Some(2),
        ..message(world.id, Sender::Visitor, "thanks")
    };
    posted(world.post(reply).await);
    let quoted = async || world.messages().await[2].reply_to.clone().unwrap().excerpt;
    assert_eq!(quoted().await, "On its way");
    changed(edit(&world, to(answer.id, world.agent.id, "Lost")).await);
    assert_eq!(quoted().await, "Lost");
    changed(delete(&world, answer.id, world.agent.id).await);
    assert_eq!(quoted().await, "");

    // Of files alone, the first one's name.
    let files = upload(
        &message(world.id, Sender::Visitor, "x"),
        None,
        vec![file(1), file(2)],
    );
    posted(world.store.post_upload(files, nothing()).await.unwrap());
    let reply = NewMessage {
        reply_to_seq: Some(4),
        ..message(world.id, Sender::Visitor, "this one")
    };
    let reply = posted(world.post(reply).await).message;
    assert_eq!(reply.reply_to.unwrap().excerpt, "résumé 1.pdf");
}

/// What is not there is not quoted, and nothing is stored.
pub async fn a_message_quotes_one_of_its_own_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("one").await;
    let other = world.another_conversation(2).await;
    for (id, seq) in [(world.id, 2), (world.id, 0), (world.id, -1), (other, 1)] {
        let new = NewMessage {
            reply_to_seq: Some(seq),
            ..message(id, Sender::Visitor, "quoting")
        };
        assert_eq!(world.post(new).await, PostOutcome::UnknownQuote, "{seq}");
    }
    assert_eq!(world.messages().await.len(), 1);
}
