//! The truth: what is stored, read by an agent past the proxies, once nothing is broken any more.

use crate::actor::json_of;
use crate::check::Row;
use crate::timeline::Message;
use antiphon_testkit::Agent;
use anyhow::{Context as _, Result, bail};
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;

/// The store, as it was when it was last fetched.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The conversations of the run.
    pub(crate) conversations: Vec<i64>,
    agent: Agent,
    fetched: Mutex<BTreeMap<i64, Conversation>>,
}

/// A conversation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversation {
    /// All messages, in the order in which the server gives them.
    pub(crate) messages: Vec<Message>,
    /// Whether it is closed.
    pub(crate) is_closed: bool,
    /// Up to where agents have read it.
    pub(crate) read_by_agents: i64,
    /// The addresses of files, by message.
    files: BTreeMap<String, Vec<String>>,
}

impl Stored {
    /// Nothing is fetched yet.
    pub(crate) fn new(agent: Agent, conversations: Vec<i64>) -> Self {
        Self {
            conversations,
            agent,
            fetched: Mutex::default(),
        }
    }

    /// Reads everything anew.
    pub(crate) fn fetch(&self) -> Result<()> {
        for id in &self.conversations {
            let conversation = self.read(*id)?;
            self.fetched.lock().insert(*id, conversation);
        }
        Ok(())
    }

    /// A conversation.
    pub(crate) fn conversation(&self, id: i64) -> Conversation {
        self.fetched.lock().get(&id).cloned().unwrap_or_default()
    }

    /// Messages in all conversations.
    pub(crate) fn count(&self) -> u64 {
        let fetched = self.fetched.lock();
        fetched.values().map(|one| one.messages.len() as u64).sum()
    }

    /// The inbox. A conversation without messages stands in it too.
    pub(crate) fn inbox(&self) -> BTreeMap<i64, Row> {
        let fetched = self.fetched.lock();
        fetched
            .iter()
            .map(|(id, one)| (*id, (one.messages.len() as i64, one.is_closed)))
            .collect()
    }

    /// What the addresses of the files of these messages give.
    pub(crate) fn files<'a>(
        &self,
        messages: impl Iterator<Item = &'a String>,
    ) -> BTreeMap<String, Vec<String>> {
        let fetched = self.fetched.lock();
        let addresses = |client_id: &String| {
            let mut all = fetched.values().filter_map(|one| one.files.get(client_id));
            all.next().cloned().unwrap_or_default()
        };
        let content = |address: String| {
            let answer = self.agent.get(&address).try_send();
            answer
                .filter(|answer| answer.status == 200)
                .map(|answer| answer.text())
        };
        messages
            .map(|client_id| {
                let contents = addresses(client_id).into_iter().filter_map(content);
                (client_id.clone(), contents.collect())
            })
            .collect()
    }

    fn read(&self, id: i64) -> Result<Conversation> {
        let mut conversation = Conversation::default();
        loop {
            let after = conversation
                .messages
                .last()
                .map_or(0, |message| message.seq);
            let target = format!("/api/chatbot/conversation/{id}?after_seq={after}&limit=200");
            let answer = self
                .agent
                .get(&target)
                .try_send()
                .context("there is no answer")?;
            if answer.status != 200 {
                bail!("{answer}");
            }
            let page = json_of(&answer);
            let messages = page["data"]["messages"]
                .as_array()
                .context("there are no messages")?;
            conversation.is_closed = page["data"]["status"] == "closed";
            conversation.read_by_agents = page["read"]["agent_seq"].as_i64().unwrap_or_default();
            for json in messages {
                let message = Message::read(json).context("a message without an id")?;
                let files = addresses(json);
                if !files.is_empty() {
                    conversation.files.insert(message.client_id.clone(), files);
                }
                conversation.messages.push(message);
            }
            if messages.is_empty() {
                return Ok(conversation);
            }
        }
    }
}

fn addresses(message: &Value) -> Vec<String> {
    let attachments = message["attachments"].as_array().into_iter().flatten();
    attachments
        .filter_map(|attachment| Some(attachment["url"].as_str()?.to_owned()))
        .collect()
}
