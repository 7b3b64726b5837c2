//! Files that people send: where they are kept, what they hold, and what can be shown of them.
//!
//! [`FileStore`] is the port; [`LocalFiles`] keeps them in a folder. [`Partials`] has those that arrive in several requests, until they are
//! complete. [`Inspector`] judges a file while it streams in, by its
//! content and never by its name, before anybody else can see it. [`thumbnail()`] and [`listen`] look into one that was
//! accepted; they take a processor's time, so their callers run them off the event loop, a few at once.
//!
//! Nothing here knows messages, people or HTTP.
#![warn(missing_docs)]

mod disk;
mod inspect;
mod local;
mod partial;
mod sound;
mod store;
mod thumbnail;

#[cfg(feature = "contract")]
pub mod contract;

pub use inspect::{AllowedTypes, Findings, Inspector, Kept, MAX_PIXELS, Refusal, sniff};
pub use local::LocalFiles;
pub use partial::{NewPartial, Owner, Partial, Partials, Turn};
pub use sound::{Sound, listen};
pub use store::{FileBody, FileError, FileStore, Handout, Source, Stop, StoredFile};
pub use thumbnail::{MAX_SIDE, thumbnail};
