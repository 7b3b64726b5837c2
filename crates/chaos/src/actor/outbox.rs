//! Writing as the widget's outbox does: one message at a time, repeated with the same `client_id` until it is acknowledged or refused.

use super::{Person, REQUEST_PATIENCE, RETRY_MS, Screen, Stage, json_of};
use crate::dice::Dice;
use crate::journal::{REPEATS, REPEATS_KNOWN, UNTIL_ACKNOWLEDGED};
use crate::timeline::Message;
use antiphon_testkit::{Form, Request, Stopwatch};
use serde_json::json;

/// The pauses between two messages of a person, in milliseconds.
const PAUSE_MS: (u64, u64) = (100, 500);
/// One message in so many has a file, of those who send files.
const FILE_EVERY: u64 = 6;

/// Writes into the screen's first conversation until the run drains.
pub(crate) fn write(stage: &Stage, screen: &Screen, sends_files: bool) {
    let mut dice = Dice::of(stage.seed, &format!("{} writes", screen.who));
    let conversation_id = screen.conversations()[0];
    for n in 1_u64.. {
        stage.pause(dice.between_ms(PAUSE_MS.0, PAUSE_MS.1));
        if !stage.is_writing() {
            return;
        }
        let text = format!("{} says {n}", screen.who);
        let has_file = sends_files && dice.below(FILE_EVERY) == 0;
        if !send(stage, screen, conversation_id, text, has_file, &mut dice) {
            return;
        }
    }
}

/// Sends a message until it is acknowledged. `false`: the run was over first.
pub(crate) fn send(
    stage: &Stage,
    screen: &Screen,
    conversation_id: i64,
    text: String,
    has_file: bool,
    dice: &mut Dice,
) -> bool {
    let client_id = dice.uuid();
    let journal = &stage.journal;
    journal.sends(conversation_id, &client_id);
    journal.note(
        &client_id,
        &format!("“{text}” to conversation {conversation_id}"),
    );
    let watch = Stopwatch::start();
    let mut is_repeat = false;
    while !stage.is_over() {
        if is_repeat {
            journal.count(REPEATS);
        }
        let request = request(screen, conversation_id, &text, &client_id, has_file);
        let answer = request.try_send();
        let status = answer.as_ref().map(|answer| answer.status);
        let seq = answer
            .as_ref()
            .and_then(|answer| json_of(answer)["seq"].as_i64());
        journal.note(
            &client_id,
            &match (status, seq) {
                (Some(status), Some(seq)) => format!("answered {status}, seq {seq}"),
                (Some(status), None) => format!("answered {status}"),
                (None, _) => "no answer".to_owned(),
            },
        );
        if let (Some(200 | 201), Some(seq)) = (status, seq) {
            journal.took(UNTIL_ACKNOWLEDGED, watch.elapsed());
            journal.acknowledges(conversation_id, &client_id, seq);
            if status == Some(200) {
                journal.count(REPEATS_KNOWN);
            }
            if has_file {
                journal.uploads(&client_id, content_of(&client_id));
            }
            let message = Message {
                seq,
                client_id,
                text,
            };
            screen.offer(stage, conversation_id, message, "its own send");
            return true;
        }
        is_repeat = true;
        stage.wait(dice.between_ms(RETRY_MS.0, RETRY_MS.1));
    }
    false
}

fn request(
    screen: &Screen,
    conversation_id: i64,
    text: &str,
    client_id: &str,
    has_file: bool,
) -> Request {
    let socket_id = screen.socket_id();
    if !has_file {
        let mut body =
            json!({ "conversation_id": conversation_id, "message": text, "client_id": client_id });
        if let Some(socket_id) = socket_id {
            body["socket_id"] = socket_id.into();
        }
        return screen.person().post("/api/chatbot/message", &body);
    }
    let mut form = Form::new()
        .field("conversation_id", &conversation_id)
        .field("client_id", client_id)
        .field("message", text);
    if let Some(socket_id) = socket_id {
        form = form.field("socket_id", &socket_id);
    }
    let form = form.file("file", "note.txt", content_of(client_id).as_bytes());
    let request = match screen.person() {
        Person::Visitor(visitor) => {
            let request = visitor.api.request("POST", "/api/chatbot/file");
            request.bearer(&visitor.token)
        }
        Person::Agent(agent) => {
            let request = agent.api.request("POST", "/api/chatbot/file");
            request.header("cookie", &agent.cookie)
        }
    };
    request.form(&form).within(REQUEST_PATIENCE)
}

/// The file of a message: nobody else's, and some packets long.
fn content_of(client_id: &str) -> String {
    format!("The file of {client_id}.\n").repeat(200)
}
