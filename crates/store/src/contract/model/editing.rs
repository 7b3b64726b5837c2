//! The model of messages that are edited, deleted and quoted.

use super::Model;
use crate::{DeleteMessage, EditMessage, EditOutcome, MAX_PAGE, nothing};
use antiphon_domain::{Message, MessageBody, MessageId, QuickReplies, Quote, Timestamp};

/// The quote of a message as it stands.
pub(super) fn quote(message: &Message) -> Quote {
    let file = message.attachments.first();
    Quote {
        seq: message.seq,
        sender_type: message.sender_type,
        sender_name: message.sender_name.clone(),
        excerpt: Quote::excerpt(&message.body, file.map(|file| file.name.as_str())),
    }
}

impl Model {
    /// The agent `by` edits a message, or deletes it where it is to say nothing.
    pub(super) async fn edit(
        &mut self,
        now: Timestamp,
        pick: usize,
        by: usize,
        text: Option<&str>,
    ) {
        let places: Vec<(usize, usize)> = (0..self.talks.len())
            .flat_map(|talk| (0..self.talks[talk].messages.len()).map(move |at| (talk, at)))
            .collect();
        // One pick more than there are messages, so that an unknown one is tried as well.
        let place = places.get(pick % (places.len() + 1)).copied();
        let id = place.map_or(MessageId(987_654), |(talk, at)| {
            self.talks[talk].messages[at].id
        });
        let agent_id = self.agents[by].id;
        // Every message was sent after this.
        let sent_since = Timestamp::from_micros(0);
        let outcome = match text {
            Some(text) => {
                let edit = EditMessage {
                    id,
                    agent_id,
                    body: MessageBody::parse(text).unwrap(),
                    sent_since,
                    at: now,
                };
                self.store.edit_message(edit, nothing()).await.unwrap()
            }
            None => {
                let delete = DeleteMessage {
                    id,
                    agent_id,
                    sent_since,
                    at: now,
                };
                self.store.delete_message(delete, nothing()).await.unwrap()
            }
        };

        let Some((talk, at)) = place else {
            assert_eq!(outcome, EditOutcome::UnknownMessage);
            return;
        };
        let before = self.talks[talk].messages[at].clone();
        if before.agent_id != Some(agent_id) {
            assert_eq!(outcome, EditOutcome::NotSender);
            return;
        }
        let is_same = match text {
            Some(_) if before.deleted_at.is_some() => {
                assert_eq!(outcome, EditOutcome::UnknownMessage);
                return;
            }
            Some(text) => before.body == text,
            None => before.deleted_at.is_some(),
        };
        if is_same {
            assert_eq!(outcome, EditOutcome::Unchanged(Box::new(before)));
            return;
        }
        let after = match text {
            Some(text) => Message {
                body: text.to_owned(),
                edited_at: Some(now),
                ..before
            },
            None => Message {
                body: String::new(),
                attachments: Vec::new(),
                is_voice: false,
                quick_replies: QuickReplies::default(),
                reply_to: None,
                deleted_at: Some(now),
                ..before
            },
        };
        let EditOutcome::Changed(changed) = outcome else {
            panic!("not changed: {outcome:?}")
        };
        let messages = &mut self.talks[talk].messages;
        messages[at] = after.clone();
        for quoting in messages {
            if let Some(quoted) = &mut quoting.reply_to
                && quoted.seq == after.seq
            {
                *quoted = quote(&after);
            }
        }
        let revision = changed.update.conversation.revision;
        self.changed(talk, revision);
        self.message_changed(talk, after.seq, revision);
        assert_eq!(changed.message, after);
        assert_eq!(changed.update, self.row(talk));
    }

    /// A message is as it is since this revision.
    pub(super) fn message_changed(&mut self, talk: usize, seq: i64, revision: i64) {
        self.talks[talk].changed.retain(|(known, _)| *known != seq);
        self.talks[talk].changed.push((seq, revision));
    }

    /// What each client would find that was away.
    pub(super) async fn compare_changes(&self) {
        for talk in &self.talks {
            let id = talk.conversation.id;
            let half = talk.changed.get(talk.changed.len() / 2);
            for after in [0, half.map_or(0, |(_, revision)| *revision)] {
                let found = self
                    .store
                    .changed_messages(id, after, i64::MAX, MAX_PAGE)
                    .await
                    .unwrap();
                let is_newer = |message: &&Message| {
                    talk.changed
                        .iter()
                        .any(|(seq, revision)| *seq == message.seq && *revision > after)
                };
                let expected: Vec<_> = talk.messages.iter().filter(is_newer).cloned().collect();
                assert_eq!(found, expected);
            }
        }
    }
}
