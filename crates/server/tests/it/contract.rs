//! The chat contract: what each endpoint answers.

mod config;
mod conversation;
mod conversations;
mod delivered;
mod identity;
mod init;
mod long_poll;
mod message;
mod pre_chat;
mod quick_replies;
mod rating;
mod read;
mod settings;
mod transcript;
