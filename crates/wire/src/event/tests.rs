use super::*;
use antiphon_domain::{
    AssignedTeam, Attachment, AttachmentId, Clock, ContentType, ConversationId, FileKey, FileName,
    LabelId, MentionId, Message, MessageId, NoteAuthor, NoteId, Priority, QuickReplies, QuickReply,
    Quote, Rating, Score, SenderType, Status, TeamId, TeamSetting, Timestamp, VisitorId, Waveform,
    WidgetId,
};
use std::sync::Arc;

const AT: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn message() -> Message {
    Message {
        id: MessageId(9),
        conversation_id: ConversationId(1),
        seq: 3,
        sender_type: SenderType::Visitor,
        sender_name: None,
        agent_id: None,
        body: "a \"quoted\" <b>".to_owned(),
        attachments: Vec::new(),
        is_voice: false,
        quick_replies: QuickReplies::default(),
        client_id: None,
        created_at: AT,
        read_at: None,
        reply_to: None,
        edited_at: None,
        deleted_at: None,
    }
}

#[derive(Debug)]
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        AT
    }
}

fn links() -> FileLinks {
    FileLinks::new(b"secret", "https://chat.example.com", 3600, Arc::new(Then))
}

fn update() -> InboxUpdate {
    InboxUpdate {
        conversation: Conversation {
            id: ConversationId(1),
            widget_id: WidgetId(1),
            visitor_id: VisitorId(5),
            visitor_name: Some("Ana".to_owned()),
            visitor_email: None,
            visitor_phone: None,
            visitor_verified: false,
            status: Status::Pending,
            assigned_to: None,
            team: None,
            priority: Some(Priority::High),
            label_ids: vec![LabelId(2), LabelId(7)],
            snoozed_until: None,
            waiting_since: Some(AT),
            last_seq: 3,
            revision: 12,
            visitor_read_seq: 0,
            agent_read_seq: 0,
            visitor_delivered_seq: 0,
            agent_delivered_seq: 2,
            created_at: AT,
            last_message_at: Some(AT),
            rating: None,
        },
        widget_name: "Demo".to_owned(),
        last_message: Some(message()),
        unread_count: 3,
        note_count: 2,
        mentioned: vec![AgentId(4)],
    }
}

fn told(event: &DomainEvent) -> [ChannelEvent; 2] {
    channel_events(event, &links()).try_into().unwrap()
}

#[test]
fn what_only_the_team_sees_is_told_to_the_inbox_alone() {
    let mut update = update();
    update.conversation.team = Some(AssignedTeam {
        id: TeamId(4),
        name: "Sales".to_owned(),
    });
    let events = channel_events(&DomainEvent::ConversationTriaged(update), &links());
    let [row] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (row.channel.as_str(), row.event),
        ("private-chat.inbox", "ConversationUpdated")
    );
    let told = r#""team":{"id":4,"name":"Sales"},"priority":"high","label_ids":[2,7],"snoozed_until":null,"waiting_since":"2026-01-01T00:00:00.000000Z","#;
    assert!(row.data.contains(told), "{}", row.data);

    let changed = DomainEvent::SettingsChanged {
        what: TeamSetting::Labels,
        agent_id: None,
    };
    let events = channel_events(&changed, &links());
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (event.channel.as_str(), event.event, event.data.as_str()),
        (
            "private-chat.inbox",
            "SettingsChanged",
            r#"{"what":"labels"}"#
        )
    );
}

#[test]
fn a_posted_message_has_the_contracts_fields() {
    let posted = DomainEvent::MessagePosted {
        message: message(),
        update: update(),
    };
    let [conversation, inbox] = told(&posted);
    assert_eq!(
        (conversation.channel.as_str(), conversation.event),
        ("private-chat.conversation.1", "ChatMessageReceived")
    );
    assert_eq!(
        conversation.data,
        r#"{"id":9,"seq":3,"conversation_id":1,"sender_type":"visitor","sender_name":null,"message":"a \"quoted\" <b>","attachments":[],"is_voice":false,"client_id":null,"timestamp":"2026-01-01 00:00:00","created_at":"2026-01-01T00:00:00.000000Z","read_at":null,"revision":12}"#
    );
    assert_eq!(
        conversation.reference.as_deref(),
        Some(r#"{"conversation_id":1,"seq":3,"revision":12,"reference":true}"#)
    );
    assert_eq!(
        (inbox.channel.as_str(), inbox.event),
        ("private-chat.inbox", "ConversationUpdated")
    );
}

#[test]
fn a_change_of_state_carries_status_and_revision() {
    let [event, _] = told(&DomainEvent::ConversationClosed(update()));
    assert_eq!(
        event.data,
        r#"{"conversation_id":1,"status":"pending","assigned_to":null,"last_seq":3,"revision":12}"#
    );
    let read = DomainEvent::MessagesRead {
        reader: SenderType::Employee,
        up_to_seq: 3,
        at: AT,
        update: update(),
    };
    let [event, _] = told(&read);
    assert_eq!(
        event.data,
        r#"{"conversation_id":1,"reader":"employee","up_to_seq":3,"read_at":"2026-01-01T00:00:00.000000Z","revision":12}"#
    );
}

#[test]
fn what_has_reached_a_screen_is_told_there_and_in_the_inbox() {
    let delivered = DomainEvent::MessagesDelivered {
        reader: SenderType::Employee,
        up_to_seq: 2,
        update: update(),
    };
    let [event, inbox] = told(&delivered);
    assert_eq!(
        (event.channel.as_str(), event.event, event.to_others),
        ("private-chat.conversation.1", "MessagesDelivered", true)
    );
    assert_eq!(
        event.data,
        r#"{"conversation_id":1,"reader":"employee","up_to_seq":2,"revision":12}"#
    );
    assert!(
        inbox
            .data
            .contains(r#""unread_count":3,"delivered_seq":2,"#),
        "{}",
        inbox.data
    );
}

#[test]
fn a_message_tells_the_answers_it_offers() {
    let reply = |text: &str, value: Option<&str>, url: Option<&str>| QuickReply {
        text: text.to_owned(),
        value: value.map(str::to_owned),
        url: url.map(str::to_owned),
    };
    let replies = vec![
        reply("Yes", Some("order:yes"), None),
        reply("Later", None, None),
        reply("Prices", None, Some("https://example.com/prices")),
    ];
    let posted = DomainEvent::MessagePosted {
        message: Message {
            quick_replies: QuickReplies::new(replies).unwrap(),
            ..message()
        },
        update: update(),
    };
    let [event, _] = told(&posted);
    let expected = r#""is_voice":false,"quick_replies":[{"text":"Yes","value":"order:yes"},{"text":"Later"},{"text":"Prices","url":"https://example.com/prices"}],"client_id""#;
    assert!(event.data.contains(expected), "{}", event.data);
}

#[test]
fn a_message_with_files_tells_what_is_known_of_them() {
    let picture = Attachment {
        id: AttachmentId(4),
        file: FileKey::from_random(&[1; 16]),
        name: FileName::parse("cat.png").unwrap(),
        content_type: ContentType::parse("image/png").unwrap(),
        size: 1234,
        dimensions: Some((40, 30)),
        thumbnail: Some(FileKey::from_random(&[2; 16])),
        duration_ms: None,
        waveform: None,
    };
    let voice = Attachment {
        id: AttachmentId(5),
        dimensions: None,
        thumbnail: None,
        duration_ms: Some(900),
        waveform: Some(Waveform::new(vec![7; 64]).unwrap()),
        ..picture.clone()
    };
    let updated = DomainEvent::MessageUpdated {
        message: Message {
            body: String::new(),
            attachments: vec![picture, voice],
            is_voice: true,
            ..message()
        },
        update: update(),
    };
    let [event, _] = told(&updated);
    assert_eq!(event.event, "MessageUpdated");
    assert!(event.reference.is_some());
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
    let (picture, voice) = (&data["attachments"][0], &data["attachments"][1]);
    assert_eq!(data["is_voice"], true);
    assert_eq!(
        (&picture["width"], &picture["height"]),
        (&40.into(), &30.into())
    );
    assert!(
        picture["thumbnail_url"]
            .as_str()
            .unwrap()
            .contains("/files/4/thumbnail?expires=")
    );
    assert!(
        picture["url"]
            .as_str()
            .unwrap()
            .starts_with("https://chat.example.com/files/4?")
    );
    assert_eq!(voice["duration_ms"], 900);
    assert_eq!(voice["waveform"].as_array().unwrap().len(), 64);
    assert!(voice.get("thumbnail_url").is_none() && voice.get("width").is_none());
    // The key under which a file is kept is nobody's business.
    assert!(!event.data.contains("01010101"));
}

#[test]
fn a_rating_and_a_new_name_say_what_they_are() {
    let mut update = update();
    update.conversation.rating = Some(Rating {
        score: Score::parse(4).unwrap(),
        comment: Some("quick".to_owned()),
        at: AT,
    });
    let [event, inbox] = told(&DomainEvent::ConversationRated(update.clone()));
    assert_eq!(event.event, "ConversationRated");
    assert_eq!(
        event.data,
        r#"{"conversation_id":1,"rating":{"score":4,"comment":"quick","rated_at":"2026-01-01T00:00:00.000000Z"},"revision":12}"#
    );
    assert!(
        inbox.data.contains(r#""rating":{"score":4"#),
        "{}",
        inbox.data
    );
    let [event, _] = told(&DomainEvent::VisitorUpdated(update));
    assert_eq!(event.event, "VisitorUpdated");
    assert_eq!(
        event.data,
        r#"{"conversation_id":1,"visitor_name":"Ana","visitor_email":null,"visitor_phone":null,"revision":12}"#
    );
}

fn note() -> Note {
    Note {
        id: NoteId(4),
        conversation_id: ConversationId(1),
        author: NoteAuthor {
            id: AgentId(7),
            name: "Bea".to_owned(),
        },
        body: "Ask @[Ana](agent:3)".to_owned(),
        mentions: vec![AgentId(3)],
        after_seq: 3,
        created_at: AT,
        edited_at: None,
        deleted_at: None,
    }
}

#[test]
fn a_note_is_told_to_agents_only_and_a_mention_to_one() {
    let mention = Mention {
        id: MentionId(8),
        agent_id: AgentId(3),
        note: note(),
        visitor_name: Some("Vera".to_owned()),
        read_at: None,
    };
    let added = DomainEvent::NoteAdded {
        note: note(),
        mentioned: vec![mention],
        update: update(),
    };
    let told = channel_events(&added, &links());
    let heard: Vec<_> = told
        .iter()
        .map(|event| (event.channel.as_str(), event.event))
        .collect();
    assert_eq!(
        heard,
        [
            ("private-chat.inbox", "NoteAdded"),
            ("private-chat.agent.3", "Mentioned"),
            ("private-chat.inbox", "ConversationUpdated"),
        ]
    );
    assert_eq!(
        told[0].data,
        r#"{"id":4,"conversation_id":1,"agent":{"id":7,"name":"Bea"},"body":"Ask @[Ana](agent:3)","mentions":[3],"after_seq":3,"created_at":"2026-01-01T00:00:00.000000Z","edited_at":null,"deleted_at":null}"#
    );
}

#[test]
fn what_an_agent_has_of_its_own_is_told_to_it_alone() {
    let changed = |agent_id| DomainEvent::SettingsChanged {
        what: TeamSetting::CannedReplies,
        agent_id,
    };
    let read = DomainEvent::MentionsRead {
        agent_id: AgentId(3),
        up_to: MentionId(8),
    };
    for (event, channel, name, data) in [
        (
            changed(None),
            "private-chat.inbox",
            "SettingsChanged",
            r#"{"what":"canned_replies"}"#,
        ),
        (
            changed(Some(AgentId(3))),
            "private-chat.agent.3",
            "SettingsChanged",
            r#"{"what":"canned_replies"}"#,
        ),
        (
            read,
            "private-chat.agent.3",
            "MentionsRead",
            r#"{"up_to_id":8}"#,
        ),
    ] {
        let told = channel_events(&event, &links());
        assert_eq!(told.len(), 1);
        assert_eq!(
            (&*told[0].channel, told[0].event, &*told[0].data),
            (channel, name, data)
        );
    }
}

#[test]
fn what_became_of_a_message_is_told_with_it() {
    let edited = DomainEvent::MessageUpdated {
        message: Message {
            agent_id: Some(AgentId(7)),
            reply_to: Some(Quote {
                seq: 1,
                sender_type: SenderType::Visitor,
                sender_name: Some("Vera".to_owned()),
                excerpt: "where is it?".to_owned(),
            }),
            edited_at: Some(AT),
            ..message()
        },
        update: update(),
    };
    let [event, _] = told(&edited);
    assert_eq!(event.event, "MessageUpdated");
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
    assert_eq!(data["agent_id"], 7);
    assert_eq!(data["edited_at"], "2026-01-01T00:00:00.000000Z");
    assert_eq!(data["deleted_at"], serde_json::Value::Null);
    assert_eq!(
        data["reply_to"],
        serde_json::json!({ "seq": 1, "sender_type": "visitor", "sender_name": "Vera", "excerpt": "where is it?" })
    );
}

#[test]
fn nobody_is_told_that_an_agent_is_shut_out() {
    let event = DomainEvent::AgentShutOut(AgentId(3));
    assert_eq!(channel_events(&event, &links()), []);
    assert_eq!(agent_user(AgentId(3)), "agent.3");
}
