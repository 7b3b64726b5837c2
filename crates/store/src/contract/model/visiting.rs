//! The model of what visitors have besides messages.

use super::Model;
use crate::{Rate, RateOutcome, VisitorConversation, VisitorPage, nothing};
use antiphon_domain::{Rating, Score, SenderType, Status, Timestamp};

impl Model {
    pub(super) async fn rate(
        &mut self,
        now: Timestamp,
        pick: usize,
        score: i64,
        comment: Option<&str>,
    ) {
        let talk = self.talk(pick);
        let rating = Rating {
            score: Score::parse(score).unwrap(),
            comment: comment.map(str::to_owned),
            at: now,
        };
        let rate = Rate {
            conversation_id: self.id(talk),
            score: rating.score,
            comment: rating.comment.clone(),
            at: now,
        };
        let outcome = self.store.rate(rate, nothing()).await.unwrap();

        let Some(index) = talk else {
            assert_eq!(outcome, RateOutcome::UnknownConversation);
            return;
        };
        let talk = &mut self.talks[index];
        if !talk.answered() && talk.conversation.status != Status::Closed {
            assert_eq!(outcome, RateOutcome::TooEarly);
            return;
        }
        let is_same = talk.conversation.rating.as_ref().is_some_and(|before| {
            (before.score, &before.comment) == (rating.score, &rating.comment)
        });
        if is_same {
            assert_eq!(outcome, RateOutcome::Unchanged);
            return;
        }
        talk.conversation.rating = Some(rating);
        let RateOutcome::Rated(update) = outcome else {
            panic!("not rated: {outcome:?}")
        };
        self.changed(index, update.conversation.revision);
        assert_eq!(*update, self.row(index));
    }

    pub(super) async fn list(&self, visitor: usize, before: Option<usize>, limit: u32) {
        if self.visitors.is_empty() {
            return;
        }
        let visitor_id = self.visitors[visitor % self.visitors.len()].0.id;
        let before = before.map(|pick| self.id(self.talk(pick)));
        let mut expected: Vec<VisitorConversation> = self
            .talks
            .iter()
            .filter(|talk| talk.conversation.visitor_id == visitor_id && !talk.messages.is_empty())
            .filter(|talk| before.is_none_or(|before| talk.conversation.id < before))
            .map(|talk| VisitorConversation {
                conversation: talk.conversation.clone(),
                last_message: talk.messages.last().cloned(),
                unread_count: talk
                    .messages
                    .iter()
                    .filter(|message| message.sender_type != SenderType::Visitor)
                    .filter(|message| message.seq > talk.conversation.visitor_read_seq)
                    .count() as i64,
            })
            .collect();
        expected.reverse();
        expected.truncate(limit as usize);
        let page = VisitorPage {
            visitor_id,
            before,
            limit,
        };
        let answer = self.store.visitor_conversations(page).await.unwrap();
        assert_eq!(answer, expected, "{page:?}");
    }
}
