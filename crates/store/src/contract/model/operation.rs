//! The operations that are tried, and how they are drawn: few visitors, clients and conversations, so that they meet.

use super::notes::NoteAct;
use crate::{InboxFilter, InboxPage, MessagePage};
use antiphon_domain::{
    AttachmentDetails, ContactDetails, ConversationDetails, Page, Status, Waveform, Zone,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// One call. Conversations and visitors are picks among those that are there by then.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Open(Box<Opening>),
    Rate {
        talk: usize,
        score: i64,
        comment: Option<String>,
    },
    List {
        visitor: usize,
        before: Option<usize>,
        limit: u32,
    },
    Post {
        talk: usize,
        agent: Option<usize>,
        client: Option<u8>,
        n_files: usize,
        reply_to: Option<i64>,
    },
    Edit {
        pick: usize,
        by: usize,
        text: Option<String>,
    },
    Describe {
        pick: usize,
        details: AttachmentDetails,
    },
    Read {
        talk: usize,
        by_visitor: bool,
        up_to_seq: i64,
    },
    Deliver {
        marks: Vec<(usize, i64)>,
        by_visitor: bool,
    },
    SetStatus {
        talk: usize,
        status: Status,
    },
    Assign {
        talk: usize,
        agent: Option<usize>,
    },
    Note {
        act: NoteAct,
        by: usize,
        mentions: Vec<usize>,
    },
    Page {
        talk: usize,
        page: MessagePage,
    },
    Inbox {
        page: InboxPage,
    },
}

/// A visitor opens the chat.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) widget: usize,
    pub(super) claim: Claim,
    pub(super) contact: ContactDetails,
    pub(super) new_conversation: bool,
    /// A pick among the visitor's own conversations.
    pub(super) wanted: Option<usize>,
    pub(super) details: ConversationDetails,
}

/// How a visitor opens.
#[derive(Debug, Clone)]
pub(super) enum Claim {
    New,
    Known(usize),
    Verified,
}

/// Sequences of up to `max` operations that begin by opening a conversation.
pub(super) fn sequences(max: usize) -> impl Strategy<Value = Vec<Operation>> {
    (open(), vec(operation(), 0..max)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    let talk = 0..6_usize;
    // Most messages have no files.
    let n_files = prop_oneof![3 => Just(0), 1 => 1..4_usize];
    let post = (
        talk.clone(),
        option::of(0..2_usize),
        option::of(0..4_u8),
        n_files,
        // Most messages answer none in particular.
        prop_oneof![3 => Just(None), 1 => (0..6_i64).prop_map(Some)],
    )
        .prop_map(|(talk, agent, client, n_files, reply_to)| Operation::Post {
            talk,
            agent,
            client,
            n_files,
            reply_to,
        });
    let text = option::of(prop::sample::select(vec![
        "edited".to_owned(),
        "once more".to_owned(),
    ]));
    let edit = (0..8_usize, 0..2_usize, text).prop_map(|(pick, by, text)| Operation::Edit {
        pick,
        by,
        text,
    });
    let describe = (0..6_usize, option::of(0..9_000_u64), any::<bool>()).prop_map(
        |(pick, duration_ms, loud)| Operation::Describe {
            pick,
            details: AttachmentDetails {
                thumbnail: None,
                duration_ms,
                waveform: loud.then(|| Waveform::new(vec![pick as u8; 64]).unwrap()),
            },
        },
    );
    let read =
        (talk.clone(), any::<bool>(), -1..8_i64).prop_map(|(talk, by_visitor, up_to_seq)| {
            Operation::Read {
                talk,
                by_visitor,
                up_to_seq,
            }
        });
    let deliver = (vec((talk.clone(), -1..8_i64), 0..4), any::<bool>())
        .prop_map(|(marks, by_visitor)| Operation::Deliver { marks, by_visitor });
    let set_status = (talk.clone(), prop::sample::select(Status::ALL.to_vec()))
        .prop_map(|(talk, status)| Operation::SetStatus { talk, status });
    let assign = (talk.clone(), option::of(0..3_usize))
        .prop_map(|(talk, agent)| Operation::Assign { talk, agent });
    let comment = prop::sample::select(vec!["good".to_owned(), "bad".to_owned()]);
    let rate = (talk.clone(), 1..3_i64, option::of(comment)).prop_map(|(talk, score, comment)| {
        Operation::Rate {
            talk,
            score,
            comment,
        }
    });
    let list =
        (0..4_usize, option::of(talk.clone()), 0..4_u32).prop_map(|(visitor, before, limit)| {
            Operation::List {
                visitor,
                before,
                limit,
            }
        });
    let act = prop_oneof![
        2 => talk.clone().prop_map(|talk| NoteAct::Add { talk }),
        1 => (0..4_usize).prop_map(|note| NoteAct::Edit { note }),
        1 => (0..4_usize).prop_map(|note| NoteAct::Delete { note }),
    ];
    let note = (act, 0..2_usize, vec(0..2_usize, 0..3))
        .prop_map(|(act, by, mentions)| Operation::Note { act, by, mentions });
    let page = (talk, message_page()).prop_map(|(talk, page)| Operation::Page { talk, page });
    let inbox = inbox_page().prop_map(|page| Operation::Inbox { page });
    prop_oneof![3 => open(), 8 => post, 2 => describe, 4 => read, 3 => deliver, 3 => set_status, 2 => assign, 2 => page, 2 => inbox, 2 => rate, 2 => list, 3 => note, 3 => edit]
}

fn open() -> impl Strategy<Value = Operation> {
    let claim = prop_oneof![
        Just(Claim::New),
        (0..4_usize).prop_map(Claim::Known),
        (0..4_usize).prop_map(Claim::Known),
        Just(Claim::Verified)
    ];
    let wanted = prop_oneof![3 => Just(None), 1 => (0..4_usize).prop_map(Some)];
    (
        0..2_usize,
        claim,
        contact(),
        any::<bool>(),
        wanted,
        details(),
    )
        .prop_map(
            |(widget, claim, contact, new_conversation, wanted, details)| {
                Operation::Open(Box::new(Opening {
                    widget,
                    claim,
                    contact,
                    new_conversation,
                    wanted,
                    details,
                }))
            },
        )
}

fn contact() -> impl Strategy<Value = ContactDetails> {
    let one_of = |values: &[&str]| {
        option::of(prop::sample::select(
            values.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ))
    };
    let fields = (
        one_of(&["Vera", "Víctor"]),
        one_of(&["vera@example.com", "v@example.org"]),
        one_of(&["+34 600"]),
        one_of(&["1", "2"]),
        one_of(&[r#"{"plan":"pro"}"#]),
    );
    fields.prop_map(
        |(name, email, phone, external_id, metadata)| ContactDetails {
            name,
            email,
            phone,
            external_id,
            metadata,
        },
    )
}

fn details() -> impl Strategy<Value = ConversationDetails> {
    let page = option::of(prop::sample::select(vec![
        "https://a.example/",
        "https://b.example/",
    ]));
    let consent_at = option::of((0..9_i64).prop_map(super::at));
    let zone = option::of(prop::sample::select(vec!["UTC", "Europe/Madrid"]));
    (page, consent_at, zone).prop_map(|(page, consent_at, zone)| ConversationDetails {
        page: Page {
            url: page.map(str::to_owned),
            ..Page::default()
        },
        consent_at,
        time_zone: zone.map(|name| Zone::parse(name).unwrap()),
        ..ConversationDetails::default()
    })
}

fn message_page() -> impl Strategy<Value = MessagePage> {
    let (seq, limit) = (-1..9_i64, 0..5_u32);
    prop_oneof![
        limit.clone().prop_map(|limit| MessagePage::Last { limit }),
        (seq.clone(), limit.clone()).prop_map(|(seq, limit)| MessagePage::After { seq, limit }),
        (seq, limit).prop_map(|(seq, limit)| MessagePage::Before { seq, limit }),
    ]
}

fn inbox_page() -> impl Strategy<Value = InboxPage> {
    let (revision, limit) = (0..40_i64, 0..5_u32);
    let filter = prop_oneof![
        Just(InboxFilter::All),
        Just(InboxFilter::Open),
        Just(InboxFilter::Closed)
    ];
    prop_oneof![
        (option::of(revision.clone()), filter, limit.clone()).prop_map(
            |(before_revision, filter, limit)| InboxPage::Newest {
                before_revision,
                filter,
                limit
            }
        ),
        (revision, limit).prop_map(|(revision, limit)| InboxPage::ChangedSince { revision, limit }),
    ]
}
