//! People's files in a bucket of Amazon S3, or of another server that speaks its protocol.
//!
//! [`S3Files`] is the driver of [`FileStore`](antiphon_files::FileStore). A file is an object under the installation's prefix; S3 shows
//! an object whole or not at all, so what was cut short is never seen under its key. A file that is larger than a part is sent in parts
//! while it comes in, so that an upload takes memory for about two parts whatever its size.
//!
//! All connections live in one thread (`network`), whichever runtime asks; there, too, is done what nobody waits for (`cleaner`).
//! Requests and their signatures are those of `object_store`; the HTTP and the TLS beneath are the ones of the rest of the program.
#![warn(missing_docs)]

mod cleaner;
mod failure;
mod network;
mod probe;
mod store;
mod unfinished;
mod upload;

pub use failure::Fault;
pub use probe::{ProbeError, Step};
pub use store::{S3Files, S3Settings};
