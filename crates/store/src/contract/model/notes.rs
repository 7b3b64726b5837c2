//! The model of notes beside conversations.

use super::Model;
use crate::{DeleteNote, EditNote, MAX_PAGE, MentionPage, NewNote, NoteOutcome, NotePage, nothing};
use antiphon_domain::{AgentId, Note, NoteAuthor, NoteBody, NoteId, Timestamp};

/// What an agent does with a note.
#[derive(Debug, Clone)]
pub(super) enum NoteAct {
    Add { talk: usize },
    Edit { note: usize },
    Delete { note: usize },
}

impl Model {
    /// The agent `by` writes, and mentions these agents.
    pub(super) async fn note(
        &mut self,
        now: Timestamp,
        act: &NoteAct,
        by: usize,
        mentions: &[usize],
    ) {
        let author = &self.agents[by];
        let author = NoteAuthor {
            id: author.id,
            name: author.name.as_str().to_owned(),
        };
        let mut text = format!("at {now:?}");
        for agent in mentions {
            text.push_str(&format!(" @[Who](agent:{})", self.agents[*agent].id));
        }
        let mut mentioned: Vec<AgentId> = mentions.iter().map(|it| self.agents[*it].id).collect();
        mentioned.retain(|id| *id != author.id);
        mentioned.sort_unstable();
        mentioned.dedup();
        let body = NoteBody::parse(&text).unwrap();
        match act {
            NoteAct::Add { talk } => {
                let talk = self.talk(*talk);
                let new = NewNote {
                    conversation_id: self.id(talk),
                    author: author.id,
                    body,
                    at: now,
                };
                let outcome = self.store.add_note(new, nothing()).await.unwrap();
                let Some(index) = talk else {
                    assert_eq!(outcome, NoteOutcome::UnknownConversation);
                    return;
                };
                let NoteOutcome::Changed(changed) = outcome else {
                    panic!("not added: {outcome:?}")
                };
                let conversation = &self.talks[index].conversation;
                let expected = Note {
                    id: changed.note.id,
                    conversation_id: conversation.id,
                    author,
                    body: text,
                    mentions: mentioned,
                    after_seq: conversation.last_seq,
                    created_at: now,
                    edited_at: None,
                    deleted_at: None,
                };
                self.notes.push(expected.clone());
                self.changed(index, changed.update.conversation.revision);
                let told: Vec<_> = changed.mentioned.iter().map(|it| it.agent_id).collect();
                assert_eq!((&changed.note, &told), (&expected, &expected.mentions));
                assert_eq!(changed.update, self.row(index));
            }
            NoteAct::Edit { note } => {
                let (place, id) = self.pick_note(*note);
                let edit = EditNote {
                    id,
                    author: author.id,
                    body,
                    at: now,
                };
                let outcome = self.store.edit_note(edit, nothing()).await.unwrap();
                let Some(before) = place.map(|place| self.notes[place].clone()) else {
                    assert_eq!(outcome, NoteOutcome::UnknownNote);
                    return;
                };
                if before.author != author {
                    assert_eq!(outcome, NoteOutcome::NotAuthor);
                    return;
                }
                if before.deleted_at.is_some() {
                    assert_eq!(outcome, NoteOutcome::UnknownNote);
                    return;
                }
                let after = Note {
                    body: text,
                    mentions: mentioned,
                    edited_at: Some(now),
                    ..before
                };
                self.note_changed(place.unwrap(), after, &outcome);
            }
            NoteAct::Delete { note } => {
                let (place, id) = self.pick_note(*note);
                let delete = DeleteNote {
                    id,
                    author: author.id,
                    at: now,
                };
                let outcome = self.store.delete_note(delete, nothing()).await.unwrap();
                let Some(before) = place.map(|place| self.notes[place].clone()) else {
                    assert_eq!(outcome, NoteOutcome::UnknownNote);
                    return;
                };
                if before.author != author {
                    assert_eq!(outcome, NoteOutcome::NotAuthor);
                    return;
                }
                if before.deleted_at.is_some() {
                    assert_eq!(outcome, NoteOutcome::Unchanged(Box::new(before)));
                    return;
                }
                let after = Note {
                    body: String::new(),
                    mentions: Vec::new(),
                    deleted_at: Some(now),
                    ..before
                };
                self.note_changed(place.unwrap(), after, &outcome);
            }
        }
    }

    fn note_changed(&mut self, place: usize, after: Note, outcome: &NoteOutcome) {
        let NoteOutcome::Changed(changed) = outcome else {
            panic!("not changed: {outcome:?}")
        };
        let id = after.conversation_id;
        let index = self.talks.iter().position(|it| it.conversation.id == id);
        let index = index.expect("a note is beside a conversation");
        assert_eq!(changed.note, after);
        self.notes[place] = after;
        self.changed(index, changed.update.conversation.revision);
        assert_eq!(changed.update, self.row(index));
    }

    /// One pick more than there are notes, so that an unknown one is tried as well.
    fn pick_note(&self, pick: usize) -> (Option<usize>, NoteId) {
        let place = Some(pick % (self.notes.len() + 1)).filter(|it| *it < self.notes.len());
        (place, place.map_or(NoteId(987_654), |it| self.notes[it].id))
    }

    /// Every conversation's notes, and every agent's mentions.
    pub(super) async fn compare_notes(&self) {
        for talk in &self.talks {
            let id = talk.conversation.id;
            let page = NotePage {
                conversation_id: id,
                before: None,
                limit: MAX_PAGE,
            };
            let expected: Vec<_> = self
                .notes
                .iter()
                .filter(|note| note.conversation_id == id)
                .cloned()
                .collect();
            assert_eq!(self.store.notes(page).await.unwrap(), expected);
        }
        for agent in &self.agents {
            let page = MentionPage {
                agent_id: agent.id,
                unread: true,
                before: None,
                limit: MAX_PAGE,
            };
            let found = self.store.mentions(page).await.unwrap();
            let mut found: Vec<_> = found.into_iter().map(|mention| mention.note).collect();
            found.sort_by_key(|note| note.id);
            let expected: Vec<_> = self
                .notes
                .iter()
                .filter(|note| note.mentions.contains(&agent.id))
                .cloned()
                .collect();
            assert_eq!(found, expected);
        }
    }
}
