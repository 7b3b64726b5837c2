//! The chat contract: what each endpoint answers.

mod config;
mod conversation;
mod identity;
mod init;
mod long_poll;
mod message;
mod read;
