//! `/api/chatbot/*`: the chat contract.

pub(crate) mod config;
pub(crate) mod conversation;
pub(crate) mod conversations;
pub(crate) mod delivered;
pub(crate) mod file;
pub(crate) mod init;
pub(crate) mod mark;
pub(crate) mod message;
pub(crate) mod page;
mod quick_replies;
pub(crate) mod rating;
pub(crate) mod read;
pub(crate) mod transcript;
pub(crate) mod upload;
