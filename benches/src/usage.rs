//! What the server has used, from outside: processor time and memory of its processes, by `/proc`.
//!
//! Processor time is the sum over threads of what the scheduler counted, in nanoseconds. Threads that ended are not in it,
//! so a server that starts and ends threads during a run looks cheaper than it is.

use crate::clock;
use anyhow::{Context as _, Result};
use std::fs;
use std::time::Duration;

/// How long a server must do next to nothing to count as at rest, and how long that is waited for at most, in such spans.
const REST: Duration = Duration::from_millis(250);
const MAX_RESTS: u32 = 40;
/// Below this share of a core a server is at rest: its own timers may tick.
const REST_NS: u64 = 5_000_000;

/// One look at the server's processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Processor time since the start, user and system together.
    pub(crate) cpu_ns: u64,
    /// Anonymous memory in use (`RssAnon`): without program text and mapped files.
    pub(crate) memory_kib: u64,
}

impl Usage {
    /// Looks now. Zeros without process ids.
    pub(crate) fn of(pids: &[u32]) -> Result<Self> {
        let mut sum = Self::default();
        for pid in pids {
            sum.cpu_ns += cpu_ns(*pid)?;
            sum.memory_kib += memory_kib(*pid)?;
        }
        Ok(sum)
    }

    /// Waits until the server has done what it had to do, then looks.
    pub(crate) fn at_rest(pids: &[u32]) -> Result<Self> {
        let mut before = Self::of(pids)?;
        for _ in 0..MAX_RESTS {
            clock::pause(REST);
            let after = Self::of(pids)?;
            if after.cpu_ns.saturating_sub(before.cpu_ns) < REST_NS {
                return Ok(after);
            }
            before = after;
        }
        Ok(before)
    }

    /// Microseconds of processor time since `before`, for each of `n`.
    pub(crate) fn cpu_us_each(self, before: Self, n: usize) -> f64 {
        self.cpu_ns.saturating_sub(before.cpu_ns) as f64 / 1e3 / n as f64
    }

    /// KiB more than `before`, for each of `n`. Negative when memory went back.
    pub(crate) fn memory_kib_each(self, before: Self, n: usize) -> f64 {
        (self.memory_kib as f64 - before.memory_kib as f64) / n as f64
    }
}

/// The processor time of one thread of this process. Exact only while that thread waits.
pub(crate) fn thread_cpu_ns(thread: &str) -> Result<u64> {
    schedstat(&format!("/proc/{thread}/schedstat"))
}

/// The name of the calling thread for [`thread_cpu_ns`].
pub(crate) fn this_thread() -> Result<String> {
    let link = fs::read_link("/proc/thread-self").context("cannot tell which thread this is")?;
    Ok(link.to_string_lossy().into_owned())
}

fn cpu_ns(pid: u32) -> Result<u64> {
    let tasks = format!("/proc/{pid}/task");
    let mut sum = 0;
    for task in fs::read_dir(&tasks).with_context(|| format!("there is no process {pid}"))? {
        // A thread may end between the listing and the look.
        sum += schedstat(&format!("{}/schedstat", task?.path().display())).unwrap_or(0);
    }
    Ok(sum)
}

fn schedstat(path: &str) -> Result<u64> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let first = text.split_whitespace().next();
    first
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("{path} is not as the kernel documents it"))
}

fn memory_kib(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("there is no process {pid}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|value| value.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("{path} does not say RssAnon"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::of(&[std::process::id()]).unwrap();
        assert!(usage.memory_kib > 0);
        assert!(thread_cpu_ns(&this_thread().unwrap()).is_ok());
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        assert!(Usage::of(&[u32::MAX]).is_err());
    }
}
