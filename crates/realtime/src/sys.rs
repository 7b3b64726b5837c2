//! The one place with `unsafe`: letting tokio watch an epoll set, the limit on open files, and in [`ring`] sending to many at once.

pub(crate) mod ring;

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

/// Raises this process's limit on open files as far as it may be raised without privileges, and gives it.
/// The usual soft limit, 1,024, is a relic of `select` and would be the engine's smallest bound by far.
#[expect(
    unsafe_code,
    reason = "the standard library does not know resource limits"
)]
pub(crate) fn raise_descriptor_limit() -> io::Result<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a live `rlimit`, which is all that the call writes to.
    let read = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    if read != 0 {
        return Err(io::Error::last_os_error());
    }
    if limit.rlim_cur < limit.rlim_max {
        let raised = libc::rlimit {
            rlim_cur: limit.rlim_max,
            ..limit
        };
        // SAFETY: the pointer is to a live `rlimit`, which the call only reads.
        let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) };
        if set == 0 {
            return Ok(raised.rlim_cur);
        }
    }
    Ok(limit.rlim_cur)
}
