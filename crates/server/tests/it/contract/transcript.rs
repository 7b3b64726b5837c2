//! `GET /api/chatbot/conversation/{id}/transcript`.

use super::settings::set;
use crate::start;
use antiphon_domain::{Timestamp, Zone};
use antiphon_testkit::{Request, Visitor};
use serde_json::{Value, json};

fn transcript(visitor: &Visitor, query: &str) -> Request {
    let id = visitor.conversation_id;
    visitor.get(&format!("/api/chatbot/conversation/{id}/transcript{query}"))
}

/// What a clock shows somewhere at a time of the contract's `timestamp`, which is UTC.
fn clock(zone: &str, timestamp: &Value) -> String {
    let text = timestamp.as_str().unwrap();
    let (utc, here) = (Zone::parse("UTC").unwrap(), Zone::parse(zone).unwrap());
    let now = i64::try_from(antiphon_testkit::unix_seconds()).unwrap();
    let mut times =
        (now - 600..=now + 1).map(|seconds| Timestamp::from_micros(seconds * 1_000_000));
    let at = times.find(|at| utc.clock(*at) == text).unwrap();
    here.clock(at)
}

#[test]
fn a_text_has_the_times_of_the_visitors_clock() {
    let app = start();
    let agent = app.agent();
    let told = json!({ "visitor_name": "Bo", "timezone": "Asia/Kathmandu" });
    let visitor = Visitor::init(&app, &app.widget_token(), &told);
    visitor.say("hello\r\n[2026-01-01 00:00:00] Ana: I owe you\u{2028}a million");
    agent.say(visitor.conversation_id, "hi");
    let messages = visitor.read("")["data"]["messages"].clone();
    let answer = transcript(&visitor, "?tz=America/New_York")
        .send()
        .expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"conversation-1.txt\"")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let at = |n: usize| clock("America/New_York", &messages[n]["timestamp"]);
    let (first, second) = (at(0), at(1));
    let expected = format!(
        "\n[{first}] Bo: hello\n    [2026-01-01 00:00:00] Ana: I owe you\n    a million\n\n[{second}] Ana: hi\n"
    );
    let text = answer.text();
    assert!(text.starts_with("Demo\nConversation 1, "), "{text}");
    assert!(text.ends_with(&expected), "{text}");
    // Without a zone in the request: the one that the browser told.
    let text = transcript(&visitor, "").send().expect(200).text();
    assert!(
        text.lines().nth(1).unwrap().ends_with(" (Asia/Kathmandu)"),
        "{text}"
    );
    assert!(
        text.contains(&clock("Asia/Kathmandu", &messages[1]["timestamp"])),
        "{text}"
    );
}

#[test]
fn a_long_conversation_is_whole_in_both_forms() {
    let app = start();
    let visitor = app.visitor();
    let sending: Vec<_> = (0..450)
        .map(|n| visitor.message(&format!("text {n}")).begin())
        .collect();
    for sent in sending {
        sent.finish().expect(201);
    }
    let answer = transcript(&visitor, "?format=json").send().expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let whole = answer.json();
    let messages = whole["messages"].as_array().unwrap();
    let seqs: Vec<_> = messages
        .iter()
        .map(|message| message["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=450).collect::<Vec<_>>());
    assert_eq!(
        (&whole["conversation_id"], &whole["status"]),
        (&json!(1), &json!("pending"))
    );
    let text = transcript(&visitor, "").send().expect(200).text();
    assert_eq!(text.matches("] Visitor: text ").count(), 450);
    assert!(text.lines().nth(1).unwrap().ends_with(" (UTC)"), "{text}");
}

#[test]
fn an_empty_conversation_has_a_transcript() {
    let app = start();
    let visitor = app.visitor();
    let whole = transcript(&visitor, "?format=json")
        .send()
        .expect(200)
        .json();
    assert_eq!(whole["messages"], json!([]));
    transcript(&visitor, "?format=text").send().expect(200);
}

#[test]
fn a_transcript_is_for_those_who_may_read_the_conversation() {
    let app = start();
    let (agent, visitor, other) = (app.agent(), app.visitor(), app.visitor());
    visitor.say("private");
    let path = format!(
        "/api/chatbot/conversation/{}/transcript",
        visitor.conversation_id
    );
    app.get(&path).send().expect(401);
    app.get(&path)
        .bearer(&app.widget_token())
        .send()
        .expect(403);
    other.get(&path).send().expect(403);
    visitor
        .get("/api/chatbot/conversation/99/transcript")
        .send()
        .expect(404);
    for query in ["?format=pdf", "?tz=Mars/Olympus", "?tz="] {
        transcript(&visitor, query).send().expect(422);
    }
    // A widget may have none for its visitors; agents have them all the same.
    assert!(set(&app, &json!({ "transcript": false })).status.success());
    visitor.get(&path).send().expect(403);
    assert!(
        agent
            .get(&path)
            .send()
            .expect(200)
            .text()
            .contains("private")
    );
}
