//! How several load generators keep in step: each says how far it is, and waits for a line from whoever started it.

use crate::swarm::{Foreign, Swarm};
use anyhow::{Result, ensure};
use mio::Interest;
use mio::unix::SourceFd;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

/// Number 0 is the publisher's.
const NUMBER: usize = 1;
/// The longest that the others may need: to connect, mostly.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Closed until the line comes; open from the start if nobody is to be kept in step with.
#[derive(Debug)]
pub(crate) struct Gate {
    used: bool,
}

impl Gate {
    pub(crate) fn new(used: bool) -> Self {
        Self { used }
    }

    /// Says `word`, and serves the swarm until a line comes on standard input.
    pub(crate) fn pass(&mut self, swarm: &mut Swarm<'_>, word: &str) -> Result<()> {
        if !self.used {
            return Ok(());
        }
        let stdin = io::stdin();
        let descriptor = stdin.as_raw_fd();
        let mut source = SourceFd(&descriptor);
        swarm
            .registry()
            .register(&mut source, Foreign::token(NUMBER), Interest::READABLE)?;
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{word}")?;
        stdout.flush()?;
        let deadline = crate::clock::now() + TIMEOUT;
        while !swarm.turn(TIMEOUT, |_| Ok(()))?.contains(NUMBER) {
            ensure!(crate::clock::now() < deadline, "nobody said how to go on");
        }
        swarm.registry().deregister(&mut source)?;
        let mut line = String::new();
        ensure!(
            stdin.read_line(&mut line)? > 0,
            "whoever started this has gone"
        );
        Ok(())
    }
}
