//! The one place with `unsafe`: letting tokio watch an epoll set.

use mio::Poll;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Lets the current runtime watch the epoll set of `poll`: readable means that it has events.
/// The watch has a descriptor of its own, so that it and `poll` may be dropped in any order.
pub(crate) fn watch(poll: &Poll) -> io::Result<AsyncFd<OwnedFd>> {
    let epoll = poll.registry().as_fd().try_clone_to_owned()?;
    // SAFETY: `AsyncFd` asks that the descriptor stays open and the same while it is registered. It gets an `OwnedFd` by value,
    // which closes its descriptor when the `AsyncFd` drops it and never before, and which offers no way to exchange it.
    #[expect(unsafe_code, reason = "tokio has no safe way to watch a descriptor")]
    let watch = unsafe { AsyncFd::register_with_interest(epoll, Interest::READABLE) };
    Ok(watch?)
}
