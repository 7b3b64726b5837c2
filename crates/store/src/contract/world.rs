//! A small installation for the facts to happen in: a widget, an agent, a visitor and its conversation.

use crate::{
    Delivered, DeliveredMark, LabelOutcome, MAX_PAGE, MarkDelivered, MarkRead, MessagePage,
    NewAgent, NewAgentOutcome, NewLabel, NewMessage, NewTeam, NewUpload, NewWidget,
    OpenConversation, OpenedConversation, PostOutcome, Posted, Rate, RateOutcome, ReadOutcome,
    Store, TeamOutcome, Triage, TriageOutcome, VisitorClaim, nothing,
};
use antiphon_domain::{
    Agent, AgentId, AgentRole, AllowedDomains, ClientId, ContactDetails, ContentType, Conversation,
    ConversationDetails, ConversationId, Device, EmailAddress, FileKey, FileName, InboxUpdate,
    Label, LabelColor, LabelId, LabelName, Message, MessageBody, NewAttachment, PersonName,
    QuickReplies, Score, Sender, SenderType, Status, Team, TeamId, TeamName, Timestamp, TokenHash,
    Widget, WidgetId, WidgetName, WidgetToken,
};
use std::sync::Arc;

/// The installation.
pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) widget: Widget,
    pub(super) agent: Agent,
    pub(super) opened: OpenedConversation,
    /// The conversation of `opened`.
    pub(super) id: ConversationId,
}

impl World {
    pub(super) async fn new(store: Arc<dyn Store>) -> Self {
        let widget = make_widget(&store, 1).await;
        let agent = make_agent(&store, "ana").await;
        let contact = ContactDetails {
            name: Some("Vera".to_owned()),
            ..ContactDetails::default()
        };
        let open = OpenConversation {
            contact,
            ..open(widget.id, VisitorClaim::New { token: token(1) })
        };
        let opened = store.open_conversation(open, nothing()).await.unwrap();
        Self {
            store,
            widget,
            agent,
            id: opened.conversation.id,
            opened,
        }
    }

    /// A further visitor with a conversation of its own; `n` above 1 and not used before.
    pub(super) async fn another_conversation(&self, n: u32) -> ConversationId {
        let open = open(self.widget.id, VisitorClaim::New { token: token(n) });
        self.store
            .open_conversation(open, nothing())
            .await
            .unwrap()
            .conversation
            .id
    }

    pub(super) async fn post(&self, new: NewMessage) -> PostOutcome {
        self.store.post_message(new, nothing()).await.unwrap()
    }

    /// The visitor says something in the conversation.
    pub(super) async fn say(&self, text: &str) -> Posted {
        posted(self.post(message(self.id, Sender::Visitor, text)).await)
    }

    /// The agent says something in the conversation.
    pub(super) async fn answer(&self, text: &str) -> Posted {
        posted(
            self.post(message(self.id, Sender::Agent(self.agent.id), text))
                .await,
        )
    }

    pub(super) async fn read(
        &self,
        reader: SenderType,
        up_to_seq: i64,
        at: Timestamp,
    ) -> ReadOutcome {
        self.store
            .mark_read(
                MarkRead {
                    conversation_id: self.id,
                    reader,
                    up_to_seq,
                    at,
                },
                nothing(),
            )
            .await
            .unwrap()
    }

    /// Messages of the conversation reach a screen of a side.
    pub(super) async fn deliver(&self, reader: SenderType, up_to_seq: i64) -> Vec<Delivered> {
        let marks = vec![DeliveredMark {
            conversation_id: self.id,
            up_to_seq,
        }];
        let mark = MarkDelivered { reader, marks };
        self.store.mark_delivered(mark, nothing()).await.unwrap()
    }

    pub(super) async fn triage(&self, triage: Triage) -> TriageOutcome {
        self.store.triage(triage, nothing()).await.unwrap()
    }

    pub(super) async fn set_status(&self, status: Status) {
        let set = Triage {
            status: Some(status),
            ..Triage::of(self.id, at(5))
        };
        self.triage(set).await;
    }

    pub(super) async fn assign(&self, agent_id: Option<AgentId>) -> TriageOutcome {
        let assign = Triage {
            agent_id: Some(agent_id),
            ..Triage::of(self.id, at(2))
        };
        self.triage(assign).await
    }

    pub(super) async fn rate(&self, score: i64, comment: Option<&str>) -> RateOutcome {
        let rate = Rate {
            conversation_id: self.id,
            score: Score::parse(score).unwrap(),
            comment: comment.map(str::to_owned),
            at: at(9),
        };
        self.store.rate(rate, nothing()).await.unwrap()
    }

    pub(super) async fn conversation(&self) -> Conversation {
        self.store.conversation(self.id).await.unwrap().unwrap()
    }

    pub(super) async fn page(&self, page: MessagePage) -> Vec<Message> {
        self.store
            .conversation_page(self.id, page)
            .await
            .unwrap()
            .unwrap()
            .1
    }

    pub(super) async fn messages(&self) -> Vec<Message> {
        self.page(MessagePage::Last { limit: 200 }).await
    }

    /// What is in the inbox, the oldest change first.
    pub(super) async fn inbox(&self) -> Vec<InboxUpdate> {
        self.store.changed_since(0, MAX_PAGE).await.unwrap()
    }
}

/// A moment, so many seconds after the first.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_123_456).plus_seconds(seconds)
}

/// The `n`th token's hash.
pub(super) fn token(n: u32) -> TokenHash {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&n.to_be_bytes());
    TokenHash(hash)
}

/// The `n`th client id.
pub(super) fn client_id(n: u8) -> ClientId {
    ClientId([n; 16])
}

pub(super) fn open(widget_id: WidgetId, visitor: VisitorClaim) -> OpenConversation {
    OpenConversation {
        widget_id,
        visitor,
        contact: ContactDetails::default(),
        new_conversation: false,
        conversation_id: None,
        details: ConversationDetails::default(),
        device: Device::default(),
        at: at(0),
    }
}

pub(super) fn message(conversation_id: ConversationId, sender: Sender, text: &str) -> NewMessage {
    NewMessage {
        conversation_id,
        sender,
        body: MessageBody::parse(text).unwrap(),
        quick_replies: QuickReplies::default(),
        reply_to_seq: None,
        client_id: None,
        at: at(1),
    }
}

/// The message with these files instead of its text.
pub(super) fn upload(
    new: &NewMessage,
    body: Option<MessageBody>,
    attachments: Vec<NewAttachment>,
) -> NewUpload {
    NewUpload {
        conversation_id: new.conversation_id,
        sender: new.sender,
        body,
        attachments,
        is_voice: false,
        reply_to_seq: new.reply_to_seq,
        client_id: new.client_id,
        at: new.at,
    }
}

/// The `n`th file.
pub(super) fn file(n: u32) -> NewAttachment {
    NewAttachment {
        file: file_key(n),
        name: FileName::parse(&format!("résumé {n}.pdf")).unwrap(),
        content_type: ContentType::parse("application/pdf").unwrap(),
        size: u64::from(n) * 1000 + 1,
        dimensions: n.is_multiple_of(2).then_some((n + 1, n + 2)),
        duration_ms: n.is_multiple_of(3).then_some(u64::from(n) * 100),
    }
}

/// The `n`th key.
pub(super) fn file_key(n: u32) -> FileKey {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    FileKey::from_random(&bytes)
}

/// The conversation after a change.
pub(super) fn changed(outcome: TriageOutcome) -> InboxUpdate {
    match outcome {
        TriageOutcome::Changed(triaged) => triaged.update,
        other => panic!("not changed: {other:?}"),
    }
}

pub(super) fn posted(outcome: PostOutcome) -> Posted {
    match outcome {
        PostOutcome::Posted(posted) => *posted,
        other => panic!("not posted: {other:?}"),
    }
}

pub(super) fn new_widget(n: u8) -> NewWidget {
    NewWidget {
        name: WidgetName::parse(&format!("Widget {n}")).unwrap(),
        token: WidgetToken::from_random(&[n; 24]),
        allowed_domains: AllowedDomains::parse(["example.com", "*.shop.example"]).unwrap(),
        welcome_message: "Hello 👋".to_owned(),
        identity_secret: format!("secret {n}"),
        at: at(i64::from(n)),
    }
}

pub(super) async fn make_widget(store: &Arc<dyn Store>, n: u8) -> Widget {
    let made = store.create_widget(new_widget(n), nothing()).await.unwrap();
    made.unwrap()
}

pub(super) fn new_agent(name: &str) -> NewAgent {
    NewAgent {
        name: PersonName::parse(name).unwrap(),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        role: AgentRole::Admin,
        password_hash: format!("hash of {name}'s"),
        at: at(0),
    }
}

/// A label of this name.
pub(super) async fn make_label(store: &Arc<dyn Store>, name: &str) -> Label {
    let new = NewLabel {
        name: LabelName::parse(name).unwrap(),
        color: LabelColor::parse("#1f6feb").unwrap(),
        at: at(0),
    };
    match store.create_label(new, nothing()).await.unwrap() {
        LabelOutcome::Saved(label) => label,
        other => panic!("not made: {other:?}"),
    }
}

/// A team of this name.
pub(super) async fn make_team(store: &Arc<dyn Store>, name: &str, agent_ids: Vec<AgentId>) -> Team {
    let new = NewTeam {
        name: TeamName::parse(name).unwrap(),
        agent_ids,
        at: at(0),
    };
    match store.create_team(new, nothing()).await.unwrap() {
        TeamOutcome::Saved(team) => team,
        other => panic!("not made: {other:?}"),
    }
}

pub(super) async fn make_agent(store: &Arc<dyn Store>, name: &str) -> Agent {
    created(
        store
            .create_agent(new_agent(name), nothing())
            .await
            .unwrap(),
    )
}

pub(super) fn created(outcome: NewAgentOutcome) -> Agent {
    match outcome {
        NewAgentOutcome::Created(agent) => agent,
        other => panic!("not made: {other:?}"),
    }
}

/// An id that no row has.
pub(super) const NO_AGENT: AgentId = AgentId(987_654);
/// An id that no row has.
pub(super) const NO_TEAM: TeamId = TeamId(987_654);
/// An id that no row has.
pub(super) const NO_LABEL: LabelId = LabelId(987_654);
/// An id that no row has.
pub(super) const NO_CONVERSATION: ConversationId = ConversationId(987_654);

/// Runs so many calls at once and waits for all of them.
pub(super) async fn at_once<T, Fut>(n: u32, call: impl Fn(u32) -> Fut) -> Vec<T>
where
    T: Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..n {
        tasks.spawn(call(index));
    }
    tasks.join_all().await
}
