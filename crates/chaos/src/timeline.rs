//! What a client shows of a conversation, as it put it together from events, answers of its own sends, and pages it fetched.
//!
//! It only ever grows at its end, by the message that comes next: so what is shown is in order by construction, and what was missed
//! is a gap that has to be fetched. What comes again must be what is there.

use serde_json::Value;

/// A message, by what must be the same wherever it is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its place in the conversation, from 1.
    pub(crate) seq: i64,
    /// The sender's own id of it.
    pub(crate) client_id: String,
    /// Its text.
    pub(crate) text: String,
}

impl Message {
    /// From the JSON of the contract; `None` for a message that is only referred to.
    pub(crate) fn read(json: &Value) -> Option<Self> {
        Some(Self {
            seq: json["seq"].as_i64()?,
            client_id: json["client_id"].as_str()?.to_owned(),
            text: json["message"].as_str()?.to_owned(),
        })
    }
}

/// What became of a message that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It was the next, and is shown.
    Shown,
    /// It is shown already.
    Again,
    /// Others are missing before it.
    Gap,
    /// Another message is shown in its place.
    Conflict,
}

/// A conversation on a screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline {
    messages: Vec<Message>,
    /// Whether the conversation is closed, as of `revision`.
    is_closed: bool,
    revision: i64,
    /// Something is known to be missing.
    is_behind: bool,
    conflicts: Vec<(Message, Message)>,
}

impl Timeline {
    /// What is shown, in order.
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The last `seq` that is shown; 0 for none.
    pub(crate) fn last_seq(&self) -> i64 {
        self.messages.last().map_or(0, |message| message.seq)
    }

    /// The newest revision that was heard of.
    pub(crate) fn revision(&self) -> i64 {
        self.revision
    }

    /// Whether it shows the conversation as closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether something has to be fetched.
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Messages that came for a place where another one is shown: shown, and came.
    pub(crate) fn conflicts(&self) -> &[(Message, Message)] {
        &self.conflicts
    }

    /// Takes a message from wherever it came.
    pub(crate) fn offer(&mut self, message: Message) -> Offer {
        let next = self.last_seq() + 1;
        if message.seq == next {
            self.messages.push(message);
            return Offer::Shown;
        }
        if message.seq > next {
            self.is_behind = true;
            return Offer::Gap;
        }
        let shown = usize::try_from(message.seq - 1)
            .ok()
            .and_then(|index| self.messages.get(index));
        match shown {
            Some(shown) if *shown == message => Offer::Again,
            Some(shown) => {
                self.conflicts.push((shown.clone(), message));
                Offer::Conflict
            }
            None => Offer::Gap,
        }
    }

    /// Hears that the conversation has come so far.
    pub(crate) fn hear_of(&mut self, last_seq: i64) {
        self.is_behind |= last_seq > self.last_seq();
    }

    /// Takes a state, unless a newer one is known.
    pub(crate) fn set_status(&mut self, status: &str, revision: i64) {
        if revision >= self.revision {
            self.revision = revision;
            self.is_closed = status == "closed";
        }
    }

    /// Takes a page that was fetched with `after_seq`. `true`: that was all there is.
    pub(crate) fn take_page(&mut self, page: &Value) -> Option<(bool, Vec<Offer>)> {
        let messages = page["data"]["messages"].as_array()?;
        let last_seq = page["last_seq"].as_i64()?;
        let offers = messages
            .iter()
            .filter_map(Message::read)
            .map(|message| self.offer(message))
            .collect();
        self.set_status(page["data"]["status"].as_str()?, page["revision"].as_i64()?);
        let is_all = self.last_seq() >= last_seq;
        self.is_behind = !is_all;
        Some((is_all, offers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(seq: i64) -> Message {
        Message {
            seq,
            client_id: format!("id-{seq}"),
            text: format!("text {seq}"),
        }
    }

    #[test]
    fn it_grows_at_its_end_only() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.offer(message(1)), Offer::Shown);
        assert_eq!(timeline.offer(message(3)), Offer::Gap);
        assert!(timeline.is_behind());
        assert_eq!(timeline.offer(message(1)), Offer::Again);
        assert_eq!(timeline.messages(), [message(1)]);
    }

    #[test]
    fn another_message_in_the_same_place_is_a_conflict() {
        let mut timeline = Timeline::default();
        timeline.offer(message(1));
        let other = Message {
            text: "never stored".to_owned(),
            ..message(1)
        };
        assert_eq!(timeline.offer(other.clone()), Offer::Conflict);
        assert_eq!(timeline.conflicts(), [(message(1), other)]);
    }

    #[test]
    fn a_page_fills_the_gap_and_says_whether_there_is_more() {
        let page = |seq: i64, last_seq: i64| {
            json!({
                "data": { "status": "active", "messages": [{ "seq": seq, "client_id": format!("id-{seq}"), "message": format!("text {seq}") }] },
                "last_seq": last_seq, "revision": 9,
            })
        };
        let mut timeline = Timeline::default();
        timeline.hear_of(2);
        assert_eq!(
            timeline.take_page(&page(1, 2)),
            Some((false, vec![Offer::Shown]))
        );
        assert_eq!(
            timeline.take_page(&page(2, 2)),
            Some((true, vec![Offer::Shown]))
        );
        assert!(!timeline.is_behind());
        assert_eq!(timeline.take_page(&json!({ "error": "cut off" })), None);
    }

    #[test]
    fn an_older_state_changes_nothing() {
        let mut timeline = Timeline::default();
        timeline.set_status("closed", 5);
        timeline.set_status("active", 4);
        assert!(timeline.is_closed());
        timeline.set_status("active", 6);
        assert!(!timeline.is_closed());
    }
}
