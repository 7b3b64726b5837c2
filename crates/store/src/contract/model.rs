//! Random operations, compared with a model: the same rules in plain memory, written as simply as they can be.
//!
//! Ids and revisions are the store's to choose, so the model takes them from the answers (and checks that revisions grow);
//! everything else it predicts, and after the last operation every conversation, message, visitor and inbox row is compared.

mod editing;
mod notes;
mod opening;
mod operation;
mod triaging;
mod uploads;
mod visiting;

use super::Subject;
use super::world::{
    NO_CONVERSATION, at, client_id, make_agent, make_label, make_team, make_widget, message, upload,
};
use crate::{
    DeliveredMark, MAX_PAGE, MarkDelivered, MarkRead, MessagePage, NewMessage, PostOutcome,
    ReadOutcome, Store, nothing,
};
use antiphon_domain::{
    Agent, AttachmentId, Conversation, ConversationDetails, ConversationId, InboxUpdate, Label,
    Message, Note, QuickReplies, Sender, SenderType, Status, Team, Timestamp, TokenHash, Visitor,
    Widget,
};
use operation::Operation;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;

/// How many sequences of operations are tried.
const CASES: u32 = 200;
/// The longest sequence.
const MAX_OPERATIONS: usize = 40;

/// Tries random operations on empty stores, and panics with the shortest sequence that it finds to go wrong.
pub fn check<Fut: Future<Output = Subject>>(make: impl Fn() -> Fut) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without I/O needs nothing");
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome =
        TestRunner::new(config).run(&operation::sequences(MAX_OPERATIONS), |operations| {
            runtime.block_on(async {
                let subject = make().await;
                let mut model = Model::new(Arc::clone(&subject.store)).await;
                for (index, operation) in operations.iter().enumerate() {
                    model.apply(at(100 + index as i64), operation).await;
                }
                model.compare_everything().await;
            });
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// What is known of one conversation.
#[derive(Debug, Clone)]
struct Talk {
    conversation: Conversation,
    messages: Vec<Message>,
    details: ConversationDetails,
    /// By `seq`, since which revision messages are as they are that were changed.
    changed: Vec<(i64, i64)>,
}

impl Talk {
    fn answered(&self) -> bool {
        self.messages
            .iter()
            .any(|message| message.sender_type == SenderType::Employee)
    }
}

struct Model {
    store: Arc<dyn Store>,
    widgets: Vec<Widget>,
    agents: Vec<Agent>,
    teams: Vec<Team>,
    labels: Vec<Label>,
    /// Each with its tokens, oldest first.
    visitors: Vec<(Visitor, Vec<TokenHash>)>,
    /// In the order of making, which is that of the ids.
    talks: Vec<Talk>,
    revision: i64,
    n_tokens: u32,
    /// How many keys of files were drawn.
    n_files: u32,
    /// The files that were described.
    described: Vec<AttachmentId>,
    /// In the order of their ids.
    notes: Vec<Note>,
}

impl Model {
    async fn new(store: Arc<dyn Store>) -> Self {
        let widgets = vec![make_widget(&store, 1).await, make_widget(&store, 2).await];
        let agents = vec![
            make_agent(&store, "ana").await,
            make_agent(&store, "bea").await,
        ];
        let teams = vec![make_team(&store, "sales", vec![agents[0].id]).await];
        let labels = vec![
            make_label(&store, "bug").await,
            make_label(&store, "idea").await,
        ];
        Self {
            store,
            widgets,
            agents,
            teams,
            labels,
            visitors: Vec::new(),
            talks: Vec::new(),
            revision: 0,
            n_tokens: 0,
            n_files: 0,
            described: Vec::new(),
            notes: Vec::new(),
        }
    }

    async fn apply(&mut self, now: Timestamp, operation: &Operation) {
        match operation {
            Operation::Open(opening) => self.open(now, opening).await,
            Operation::Rate {
                talk,
                score,
                comment,
            } => {
                self.rate(now, *talk, *score, comment.as_deref()).await;
            }
            Operation::List {
                visitor,
                before,
                limit,
            } => {
                self.list(*visitor, *before, *limit).await;
            }
            Operation::Post {
                talk,
                agent,
                client,
                n_files,
                reply_to,
            } => {
                self.post(now, *talk, *agent, *client, *n_files, *reply_to)
                    .await;
            }
            Operation::Edit { pick, by, text } => {
                self.edit(now, *pick, *by, text.as_deref()).await;
            }
            Operation::Describe { pick, details } => self.describe(now, *pick, details).await,
            Operation::Read {
                talk,
                by_visitor,
                up_to_seq,
            } => self.read(now, *talk, *by_visitor, *up_to_seq).await,
            Operation::Deliver { marks, by_visitor } => self.deliver(marks, *by_visitor).await,
            Operation::Triage { talk, change } => self.triage(now, *talk, change).await,
            Operation::Wake { talk, later } => self.wake(now, *talk, *later).await,
            Operation::Sorted { page } => self.sorted(*page).await,
            Operation::Note { act, by, mentions } => self.note(now, act, *by, mentions).await,
            Operation::Page { talk, page } => self.page(*talk, *page).await,
            Operation::ChangedSince { revision, limit } => {
                self.changed_since(*revision, *limit).await;
            }
        }
    }

    /// The conversation an operation means, or `None` for one that is not there.
    fn talk(&self, pick: usize) -> Option<usize> {
        // One pick more than there are conversations, so that an unknown one is tried as well.
        Some(pick % (self.talks.len() + 1)).filter(|index| *index < self.talks.len())
    }

    fn id(&self, talk: Option<usize>) -> ConversationId {
        talk.map_or(NO_CONVERSATION, |index| self.talks[index].conversation.id)
    }

    /// Takes the revision of a change from the store's answer.
    fn changed(&mut self, talk: usize, revision: i64) {
        assert!(
            revision > self.revision,
            "revision {revision} after {}",
            self.revision
        );
        self.revision = revision;
        self.talks[talk].conversation.revision = revision;
    }

    async fn post(
        &mut self,
        now: Timestamp,
        pick: usize,
        agent: Option<usize>,
        client: Option<u8>,
        n_files: usize,
        reply_to: Option<i64>,
    ) {
        let talk = self.talk(pick);
        let sender = agent.map_or(Sender::Visitor, |agent| {
            Sender::Agent(self.agents[agent].id)
        });
        let client_id = client.map(client_id);
        let new = NewMessage {
            client_id,
            reply_to_seq: reply_to,
            at: now,
            ..message(self.id(talk), sender, &format!("at {now:?}"))
        };
        let files = self.new_files(n_files);
        // Every other message with files says nothing besides them.
        let body =
            Some(new.body.clone()).filter(|_| files.is_empty() || self.n_files.is_multiple_of(2));
        let outcome = if files.is_empty() {
            self.store.post_message(new, nothing()).await.unwrap()
        } else {
            let new = upload(&new, body.clone(), files.clone());
            self.store.post_upload(new, nothing()).await.unwrap()
        };

        let Some(index) = talk else {
            assert_eq!(outcome, PostOutcome::UnknownConversation);
            return;
        };
        let talk = &mut self.talks[index];
        if let Some(first) = talk
            .messages
            .iter()
            .find(|m| client_id.is_some() && m.client_id == client_id)
        {
            assert_eq!(outcome, PostOutcome::Repeated(Box::new(first.clone())));
            return;
        }
        if talk.conversation.status == Status::Closed {
            assert_eq!(outcome, PostOutcome::Closed);
            return;
        }
        let quoted = reply_to.map(|seq| talk.messages.iter().find(|it| it.seq == seq));
        if quoted == Some(None) {
            assert_eq!(outcome, PostOutcome::UnknownQuote);
            return;
        }
        let reply_to = quoted.flatten().map(editing::quote);
        let PostOutcome::Posted(posted) = outcome else {
            panic!("not posted: {outcome:?}")
        };
        let conversation = &mut talk.conversation;
        conversation.last_seq += 1;
        conversation.last_message_at = Some(now);
        let expected = Message {
            id: posted.message.id,
            conversation_id: conversation.id,
            seq: conversation.last_seq,
            sender_type: sender.sender_type(),
            sender_name: match agent {
                Some(agent) => Some(self.agents[agent].name.as_str().to_owned()),
                None => conversation.visitor_name.clone(),
            },
            agent_id: agent.map(|agent| self.agents[agent].id),
            body: body.map_or(String::new(), |body| body.as_str().to_owned()),
            attachments: files
                .iter()
                .zip(&posted.message.attachments)
                .map(|(file, stored)| uploads::stored(stored.id, file))
                .collect(),
            is_voice: false,
            quick_replies: QuickReplies::default(),
            client_id,
            created_at: now,
            read_at: None,
            reply_to,
            edited_at: None,
            deleted_at: None,
        };
        talk.messages.push(expected.clone());
        talk.conversation.waiting_since = match agent {
            Some(_) => None,
            None => talk.conversation.waiting_since.or(Some(now)),
        };
        talk.conversation.snoozed_until = None;
        talk.conversation.status = match talk.conversation.status {
            Status::Pending | Status::Snoozed if agent.is_some() => Status::Active,
            Status::Snoozed if talk.answered() => Status::Active,
            Status::Snoozed => Status::Pending,
            status => status,
        };
        self.changed(index, posted.update.conversation.revision);
        assert_eq!(posted.message, expected);
        assert_eq!(posted.update, self.row(index));
    }

    async fn read(&mut self, now: Timestamp, pick: usize, by_visitor: bool, up_to_seq: i64) {
        let talk = self.talk(pick);
        let reader = if by_visitor {
            SenderType::Visitor
        } else {
            SenderType::Employee
        };
        let mark = MarkRead {
            conversation_id: self.id(talk),
            reader,
            up_to_seq,
            at: now,
        };
        let outcome = self.store.mark_read(mark, nothing()).await.unwrap();

        let Some(index) = talk else {
            assert_eq!(outcome, ReadOutcome::UnknownConversation);
            return;
        };
        let talk = &mut self.talks[index];
        let up_to_seq = up_to_seq.min(talk.conversation.last_seq);
        let read_seq = if by_visitor {
            &mut talk.conversation.visitor_read_seq
        } else {
            &mut talk.conversation.agent_read_seq
        };
        if up_to_seq <= *read_seq {
            assert_eq!(outcome, ReadOutcome::Unchanged);
            return;
        }
        *read_seq = up_to_seq;
        let delivered_seq = delivered_seq(&mut talk.conversation, by_visitor);
        *delivered_seq = up_to_seq.max(*delivered_seq);
        for message in talk
            .messages
            .iter_mut()
            .filter(|message| message.seq <= up_to_seq)
        {
            if (message.sender_type == SenderType::Visitor) != by_visitor {
                message.read_at.get_or_insert(now);
            }
        }
        let ReadOutcome::Marked {
            up_to_seq: marked,
            update,
        } = outcome
        else {
            panic!("not marked: {outcome:?}")
        };
        self.changed(index, update.conversation.revision);
        assert_eq!((marked, *update), (up_to_seq, self.row(index)));
    }

    async fn deliver(&mut self, picks: &[(usize, i64)], by_visitor: bool) {
        let marks = picks.iter().map(|(pick, up_to_seq)| DeliveredMark {
            conversation_id: self.id(self.talk(*pick)),
            up_to_seq: *up_to_seq,
        });
        let mark = MarkDelivered {
            reader: if by_visitor {
                SenderType::Visitor
            } else {
                SenderType::Employee
            },
            marks: marks.collect(),
        };
        let moved = self.store.mark_delivered(mark, nothing()).await.unwrap();

        let mut expected = Vec::new();
        for (index, talk) in self.talks.iter().enumerate() {
            let wanted = picks
                .iter()
                .filter(|(pick, _)| self.talk(*pick) == Some(index));
            let furthest = wanted.map(|(_, up_to_seq)| *up_to_seq).max();
            let conversation = &talk.conversation;
            let up_to_seq = furthest.map(|seq| seq.min(conversation.last_seq));
            let before = *delivered_seq(&mut conversation.clone(), by_visitor);
            if let Some(up_to_seq) = up_to_seq.filter(|seq| *seq > before) {
                expected.push((conversation.revision, index, up_to_seq));
            }
        }
        expected.sort_unstable();
        assert_eq!(moved.len(), expected.len(), "{moved:?}");
        for (delivered, (_, index, up_to_seq)) in moved.into_iter().zip(expected) {
            *delivered_seq(&mut self.talks[index].conversation, by_visitor) = up_to_seq;
            self.changed(index, delivered.update.conversation.revision);
            assert_eq!(
                (delivered.up_to_seq, delivered.update),
                (up_to_seq, self.row(index))
            );
        }
    }

    async fn page(&self, pick: usize, page: MessagePage) {
        let talk = self.talk(pick);
        let answer = self
            .store
            .conversation_page(self.id(talk), page)
            .await
            .unwrap();
        let expected = talk.map(|index| {
            let Talk {
                conversation,
                messages,
                ..
            } = &self.talks[index];
            let messages = match page {
                MessagePage::Last { limit } => last(messages.clone(), limit),
                MessagePage::Before { seq, limit } => last(
                    messages
                        .iter()
                        .filter(|message| message.seq < seq)
                        .cloned()
                        .collect(),
                    limit,
                ),
                MessagePage::After { seq, limit } => messages
                    .iter()
                    .filter(|message| message.seq > seq)
                    .take(limit as usize)
                    .cloned()
                    .collect(),
            };
            (conversation.clone(), messages)
        });
        assert_eq!(answer, expected, "{page:?}");
    }

    async fn changed_since(&self, revision: i64, limit: u32) {
        let mut expected: Vec<InboxUpdate> = (0..self.talks.len())
            .map(|index| self.row(index))
            .filter(|row| row.last_message.is_some() && row.conversation.revision > revision)
            .collect();
        expected.sort_by_key(|row| row.conversation.revision);
        expected.truncate(limit as usize);
        let found = self.store.changed_since(revision, limit).await.unwrap();
        assert_eq!(found, expected, "the first {limit} after {revision}");
    }

    fn row(&self, index: usize) -> InboxUpdate {
        let Talk {
            conversation,
            messages,
            ..
        } = &self.talks[index];
        let widget = self
            .widgets
            .iter()
            .find(|widget| widget.id == conversation.widget_id)
            .expect("its widget was made");
        let unread = messages.iter().filter(|message| {
            message.sender_type == SenderType::Visitor && message.seq > conversation.agent_read_seq
        });
        let notes = self
            .notes
            .iter()
            .filter(|note| note.conversation_id == conversation.id && note.deleted_at.is_none());
        let mut mentioned: Vec<_> = notes
            .clone()
            .flat_map(|note| note.mentions.iter().copied())
            .collect();
        mentioned.sort_unstable();
        mentioned.dedup();
        InboxUpdate {
            mentioned,
            conversation: conversation.clone(),
            widget_name: widget.name.as_str().to_owned(),
            last_message: messages.last().cloned(),
            unread_count: unread.count() as i64,
            note_count: notes.count() as i64,
        }
    }

    async fn compare_everything(&self) {
        for index in 0..self.talks.len() {
            self.page(index, MessagePage::Last { limit: MAX_PAGE })
                .await;
            let talk = &self.talks[index];
            let id = talk.conversation.id;
            let details = self.store.conversation_details(id).await.unwrap();
            assert_eq!(details.as_ref(), Some(&talk.details));
        }
        for visitor in 0..self.visitors.len() {
            self.list(visitor, None, MAX_PAGE).await;
        }
        self.changed_since(0, MAX_PAGE).await;
        self.compare_files().await;
        self.compare_lists().await;
        self.compare_notes().await;
        self.compare_changes().await;
        for (visitor, tokens) in &self.visitors {
            for token in tokens {
                assert_eq!(
                    self.store.visitor_by_token(token).await.unwrap().as_ref(),
                    Some(visitor)
                );
            }
        }
    }
}

fn delivered_seq(conversation: &mut Conversation, by_visitor: bool) -> &mut i64 {
    if by_visitor {
        &mut conversation.visitor_delivered_seq
    } else {
        &mut conversation.agent_delivered_seq
    }
}

fn last(mut messages: Vec<Message>, limit: u32) -> Vec<Message> {
    messages.split_off(messages.len().saturating_sub(limit as usize))
}
