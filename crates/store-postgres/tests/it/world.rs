//! A conversation to write to.

use antiphon_domain::{
    AllowedDomains, ContactDetails, ConversationDetails, ConversationId, MessageBody, Sender,
    Timestamp, TokenHash, WidgetName, WidgetToken,
};
use antiphon_store::{
    Conversations as _, MessagePage, NewMessage, NewWidget, OpenConversation, PostOutcome,
    StoreError, VisitorClaim, Widgets as _, nothing,
};
use antiphon_store_postgres::PostgresStore;

/// A widget's token of this number.
pub(crate) fn token(n: impl Into<usize>) -> String {
    format!("cbw_{:0>32}", n.into())
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// A widget, a visitor, and a conversation, each of this number.
pub(crate) async fn conversation(store: &PostgresStore, n: u8) -> ConversationId {
    let token = token(n);
    let widget = store
        .create_widget(
            NewWidget {
                name: WidgetName::parse("Demo").unwrap(),
                token: WidgetToken::parse(&token).unwrap(),
                allowed_domains: AllowedDomains::parse(["localhost"]).unwrap(),
                welcome_message: "Hello".to_owned(),
                identity_secret: "s".to_owned(),
                at: at(0),
            },
            nothing(),
        )
        .await
        .unwrap()
        .unwrap();
    let open = OpenConversation {
        widget_id: widget.id,
        visitor: VisitorClaim::New {
            token: TokenHash([n; 32]),
        },
        contact: ContactDetails::default(),
        new_conversation: false,
        conversation_id: None,
        details: ConversationDetails::default(),
        device: antiphon_domain::Device::default(),
        at: at(0),
    };
    let opened = store.open_conversation(open, nothing()).await.unwrap();
    opened.conversation.id
}

pub(crate) fn message(id: ConversationId, text: &str) -> NewMessage {
    NewMessage {
        conversation_id: id,
        sender: Sender::Visitor,
        body: MessageBody::parse(text).unwrap(),
        quick_replies: antiphon_domain::QuickReplies::default(),
        reply_to_seq: None,
        client_id: None,
        at: at(1),
    }
}

/// Posts, and answers the `seq`.
pub(crate) async fn say(
    store: &PostgresStore,
    id: ConversationId,
    text: &str,
) -> Result<i64, StoreError> {
    match store.post_message(message(id, text), nothing()).await? {
        PostOutcome::Posted(posted) => Ok(posted.message.seq),
        other => panic!("{other:?}"),
    }
}

/// Every message: its `seq` and its text.
pub(crate) async fn said(store: &PostgresStore, id: ConversationId) -> Vec<(i64, String)> {
    let mut all: Vec<(i64, String)> = Vec::new();
    loop {
        let seq = all.last().map_or(0, |(seq, _)| *seq);
        let page = MessagePage::After { seq, limit: 200 };
        let (_, messages) = store.conversation_page(id, page).await.unwrap().unwrap();
        if messages.is_empty() {
            return all;
        }
        all.extend(
            messages
                .into_iter()
                .map(|message| (message.seq, message.body)),
        );
    }
}

/// The revisions above this one, ascending.
pub(crate) async fn changed_since(store: &PostgresStore, revision: i64) -> Vec<(i64, i64)> {
    let rows = store.changed_since(revision, 200).await.unwrap();
    rows.iter()
        .map(|row| (row.conversation.revision, row.conversation.last_seq))
        .collect()
}
