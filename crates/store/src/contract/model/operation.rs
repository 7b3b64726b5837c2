//! The operations that are tried, and how they are drawn: few visitors, clients and conversations, so that they meet.

use super::notes::NoteAct;
use crate::{Held, ListPage, MessagePage, PriorityFilter, Sort, StatusFilter};
use antiphon_domain::{
    AgentId, AttachmentDetails, ContactDetails, ConversationDetails, LabelId, Page, Priority,
    Status, TeamId, Waveform, WidgetId, Zone,
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
    Triage {
        talk: usize,
        change: TriageChange,
    },
    Wake {
        talk: usize,
        /// Long after the end of any sleep, or at once.
        later: bool,
    },
    Sorted {
        page: ListPage,
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
    ChangedSince {
        revision: i64,
        limit: u32,
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
    let triage = (talk.clone(), triage_change())
        .prop_map(|(talk, change)| Operation::Triage { talk, change });
    let wake =
        (talk.clone(), any::<bool>()).prop_map(|(talk, later)| Operation::Wake { talk, later });
    let sorted = list_page().prop_map(|page| Operation::Sorted { page });
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
    let inbox = (0..40_i64, 0..5_u32)
        .prop_map(|(revision, limit)| Operation::ChangedSince { revision, limit });
    prop_oneof![3 => open(), 8 => post, 2 => describe, 4 => read, 3 => deliver, 5 => triage, 1 => wake, 2 => sorted, 2 => page, 2 => inbox, 2 => rate, 2 => list, 3 => note, 3 => edit]
}

/// What is asked of one conversation. Picks are one more than there are, so that unknown ones are tried.
#[derive(Debug, Clone)]
pub(super) struct TriageChange {
    pub(super) status: Option<Status>,
    pub(super) snooze: Option<i64>,
    pub(super) agent: Option<Option<usize>>,
    pub(super) team: Option<Option<usize>>,
    pub(super) priority: Option<Option<Priority>>,
    pub(super) labels: Option<Labelling>,
}

/// Labels by their picks.
#[derive(Debug, Clone)]
pub(super) enum Labelling {
    Set(Vec<usize>),
    Adjust(Vec<usize>, Vec<usize>),
}

fn triage_change() -> impl Strategy<Value = TriageChange> {
    let rarely = |picks: std::ops::Range<usize>| option::weighted(0.3, option::of(picks));
    let picks = || vec(prop_oneof![9 => 0..2_usize, 1 => 2..3_usize], 0..3);
    let labels = prop_oneof![
        picks().prop_map(Labelling::Set),
        (picks(), picks()).prop_map(|(add, remove)| Labelling::Adjust(add, remove)),
    ];
    let priority = option::of(prop::sample::select(Priority::ALL.to_vec()));
    (
        option::of(prop::sample::select(Status::ALL.to_vec())),
        option::of(0..9_i64),
        rarely(0..3),
        rarely(0..2),
        option::weighted(0.3, priority),
        option::weighted(0.3, labels),
    )
        .prop_map(
            |(status, snooze, agent, team, priority, labels)| TriageChange {
                status,
                snooze,
                agent,
                team,
                priority,
                labels,
            },
        )
}

/// Ids are those of a new database, mostly: the first are 1 and 2.
fn list_page() -> impl Strategy<Value = ListPage> {
    let status = prop_oneof![
        2 => Just(StatusFilter::Open),
        2 => Just(StatusFilter::All),
        2 => prop::sample::select(Status::ALL.to_vec()).prop_map(StatusFilter::Only),
    ];
    let held = || {
        prop_oneof![
            6 => Just(Held::Whatever),
            1 => Just(Held::Nobody),
            1 => Just(Held::Somebody),
            2 => (1..3_i64).prop_map(Held::By),
        ]
    };
    let one = || option::weighted(0.3, 1..3_i64);
    let priority = prop_oneof![
        6 => Just(PriorityFilter::Whatever),
        1 => Just(PriorityFilter::Unset),
        2 => prop::sample::select(Priority::ALL.to_vec()).prop_map(PriorityFilter::Only),
    ];
    let sort = prop::sample::select(Sort::ALL.to_vec());
    (
        status,
        held(),
        held(),
        one(),
        one(),
        priority,
        (prop::bool::weighted(0.2), one()),
        sort,
        1..5_u32,
    )
        .prop_map(
            |(status, agent, team, widget, label, priority, (unread, mentioned), sort, limit)| {
                ListPage {
                    status,
                    agent: held_by(agent, AgentId),
                    team: held_by(team, TeamId),
                    widget_id: widget.map(WidgetId),
                    label_id: label.map(LabelId),
                    priority,
                    unread,
                    mentioned: mentioned.map(AgentId),
                    sort,
                    after: None,
                    limit,
                }
            },
        )
}

fn held_by<Id>(held: Held<i64>, id: fn(i64) -> Id) -> Held<Id> {
    match held {
        Held::Whatever => Held::Whatever,
        Held::Somebody => Held::Somebody,
        Held::Nobody => Held::Nobody,
        Held::By(number) => Held::By(id(number)),
    }
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
