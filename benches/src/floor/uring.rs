//! The floor of a server that hands its sends to the kernel in batches, through io_uring.

use anyhow::{Context as _, Result, ensure};
use io_uring::{IoUring, opcode, squeue, types};
use std::net::TcpStream;
use std::os::fd::AsRawFd as _;

/// Sends in one call of the kernel.
const BATCH: u32 = 512;

/// A ring for one thread.
pub(super) struct Ring(IoUring);

impl Ring {
    /// Fails where the kernel, or a container's profile, does not permit io_uring.
    pub(super) fn new() -> Result<Self> {
        let ring = IoUring::builder()
            .setup_single_issuer()
            .setup_coop_taskrun()
            .setup_defer_taskrun()
            .build(BATCH)
            .context("no io_uring")?;
        Ok(Self(ring))
    }

    /// Sends the payload to every socket; each must take it whole and at once.
    pub(super) fn send(&mut self, sockets: &[TcpStream], payload: &[u8]) -> Result<()> {
        let length = u32::try_from(payload.len())?;
        for batch in sockets.chunks(BATCH as usize) {
            for socket in batch {
                let send =
                    opcode::Send::new(types::Fd(socket.as_raw_fd()), payload.as_ptr(), length)
                        .flags(libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT | libc::MSG_WAITALL)
                        .build()
                        .flags(squeue::Flags::SKIP_SUCCESS);
                // SAFETY: with MSG_DONTWAIT a send is over when `submit` returns, so the kernel is done with `payload` and the
                // socket, both of which are borrowed for longer than that.
                #[expect(unsafe_code, reason = "the kernel is given a pointer")]
                let pushed = unsafe { self.0.submission().push(&send) };
                pushed.context("the ring is full")?;
            }
            self.0.submit()?;
            // Only what failed, or was sent in part, is reported.
            let failed = self.0.completion().next();
            ensure!(
                failed.is_none(),
                "a socket of the floor did not take a send"
            );
        }
        Ok(())
    }
}
