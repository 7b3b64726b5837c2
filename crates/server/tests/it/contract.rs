//! The chat contract: what each endpoint answers.

mod config;
mod conversation;
mod conversations;
mod identity;
mod init;
mod long_poll;
mod message;
mod pre_chat;
mod rating;
mod read;
mod settings;
mod transcript;
