//! The work of an agent: answers, read marks, and now and then a conversation that is closed and opened again.

use super::outbox::send;
use super::{RETRY_MS, Screen, Stage, json_of};
use crate::dice::Dice;
use crate::journal::{CLOSINGS, READ_MARKS};
use parking_lot::Mutex;
use serde_json::json;
use std::collections::BTreeMap;

/// The pauses between two things that an agent does, in milliseconds.
const PAUSE_MS: (u64, u64) = (100, 500);
/// How long a closed conversation stays closed, in milliseconds.
const CLOSED_MS: (u64, u64) = (50, 400);

/// The last read mark that was acknowledged in each conversation.
pub(crate) type ReadMarks = Mutex<BTreeMap<i64, i64>>;

/// Works until the run drains. Only one that closes conversations does that: then nobody opens what another has just closed.
pub(crate) fn work_at_the_desk(stage: &Stage, screen: &Screen, closes: bool, marks: &ReadMarks) {
    let mut dice = Dice::of(stage.seed, &format!("{} works", screen.who));
    let conversations = screen.conversations();
    for n in 1_u64.. {
        stage.pause(dice.between_ms(PAUSE_MS.0, PAUSE_MS.1));
        if !stage.is_writing() {
            return;
        }
        let id = *dice.one_of(&conversations);
        match dice.below(10) {
            0..=1 => mark_as_read(stage, screen, id, marks),
            2 if closes => {
                let closed = change(stage, screen, id, "close", &mut dice);
                stage.wait(dice.between_ms(CLOSED_MS.0, CLOSED_MS.1));
                if closed && change(stage, screen, id, "reopen", &mut dice) {
                    stage.journal.count(CLOSINGS);
                }
            }
            _ => {
                let text = format!("{} answers {n}", screen.who);
                if !send(stage, screen, id, text, false, &mut dice) {
                    return;
                }
            }
        }
    }
}

/// Marks what is shown as read. One that fails is not repeated: the next one is higher.
fn mark_as_read(stage: &Stage, screen: &Screen, id: i64, marks: &ReadMarks) {
    let up_to_seq = screen.timeline(id).last_seq();
    if up_to_seq == 0 {
        return;
    }
    let body = json!({ "conversation_id": id, "up_to_seq": up_to_seq });
    let answer = screen.person().post("/api/chatbot/read", &body).try_send();
    if answer.is_some_and(|answer| answer.status == 200) {
        stage.journal.count(READ_MARKS);
        let mut marks = marks.lock();
        let known = marks.entry(id).or_default();
        *known = up_to_seq.max(*known);
    }
}

/// Closes or reopens until that is so. `false`: the run was over first.
fn change(stage: &Stage, screen: &Screen, id: i64, verb: &str, dice: &mut Dice) -> bool {
    while !stage.is_over() {
        let target = format!("/api/v1/conversations/{id}/{verb}");
        let answer = screen.person().post(&target, &json!({})).try_send();
        let is_done = answer.as_ref().is_some_and(|answer| {
            answer.status == 200 && json_of(answer)["conversation"].is_object()
        });
        if is_done {
            return true;
        }
        stage.wait(dice.between_ms(RETRY_MS.0, RETRY_MS.1));
    }
    false
}
