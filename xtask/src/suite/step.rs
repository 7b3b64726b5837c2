//! One step of the suite: run it, show what it prints as it prints it, count, and give it an end.
//!
//! Output of the child goes line by line through this process, since that is the only way to read the totals in it. A child
//! that exceeds its time is killed together with everything it started.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::count::Count;

/// How many lines may wait to be printed before the child has to wait.
const QUEUE: usize = 1024;

/// How long a grandchild that outlives its parent may keep the output open.
const GRACE: Duration = Duration::from_secs(2);

/// What a step counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counting {
    /// One check, by its exit status.
    Check,
    /// As many as the tests it runs, and at least one.
    Tests,
    /// As many as the tests it runs, which may be none.
    PerhapsTests,
}

/// Runs steps and remembers how they ended.
#[derive(Debug, Default)]
pub(super) struct Runner {
    total: Count,
    failures: Vec<String>,
    left_out: Vec<String>,
    took: Vec<(String, Duration)>,
}

impl Runner {
    /// Runs a command as a step; true when it succeeded.
    pub(super) fn command(
        &mut self,
        name: &str,
        mut command: Command,
        counting: Counting,
        limit: Duration,
    ) -> bool {
        self.step(name, |count| {
            let status = stream(&mut command, limit, count)?;
            if counting == Counting::Check {
                *count = Count::default();
            }
            if !status.success() {
                bail!("{status}");
            }
            if count.failed > 0 {
                bail!("tests failed, and yet it ended with success");
            }
            if counting == Counting::Tests && count.is_empty() {
                bail!("it ran no test");
            }
            if counting == Counting::Check {
                count.passed = 1;
            }
            Ok(())
        })
    }

    /// Runs something of this tool's own as a step that counts as one check.
    pub(super) fn task(&mut self, name: &str, task: impl FnOnce() -> Result<()>) -> bool {
        self.step(name, |count| {
            task()?;
            count.passed = 1;
            Ok(())
        })
    }

    /// Says that a step cannot run. The step it depends on has failed and was counted.
    pub(super) fn skip(&mut self, name: &str, reason: &str) {
        println!("\n== {name}: skipped, {reason}");
        self.failures.push(format!("{name}: skipped, {reason}"));
    }

    /// Says that a step needs something that this machine does not have and that nobody has to have. That is no failure.
    pub(super) fn leave_out(&mut self, name: &str, reason: &str) {
        println!("\n== {name}: left out, {reason}");
        self.left_out.push(format!("{name}: {reason}"));
    }

    /// Prints how long the steps took, what was left out, what failed, and the closing line.
    pub(super) fn finish(self) -> ExitCode {
        println!();
        for (name, took) in &self.took {
            println!("{:6.1} s  {name}", took.as_secs_f64());
        }
        for step in &self.left_out {
            println!("left out: {step}");
        }
        for failure in &self.failures {
            println!("failed: {failure}");
        }
        let Count { passed, failed } = self.total;
        println!("{passed} passed, {failed} failed");
        if failed == 0 && passed > 0 && self.failures.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn step(&mut self, name: &str, run: impl FnOnce(&mut Count) -> Result<()>) -> bool {
        println!("\n== {name}");
        let started = now();
        let mut count = Count::default();
        let result = run(&mut count);
        let took = started.elapsed();
        let seconds = took.as_secs_f64();
        self.took.push((name.to_owned(), took));
        if let Err(error) = &result {
            // A step that fails counts at least once, also when it failed before it could count.
            count.failed = count.failed.max(1);
            println!("== {name}: failed after {seconds:.1} s: {error:#}");
            self.failures.push(format!("{name}: {error:#}"));
        } else {
            println!("== {name}: {} passed in {seconds:.1} s", count.passed);
        }
        self.total.add(count);
        result.is_ok()
    }
}

/// What reaches the printing loop.
enum Event {
    Line(Vec<u8>),
    Exited(std::io::Result<ExitStatus>),
}

/// Runs a command to its end or its limit, showing and counting its output.
fn stream(command: &mut Command, limit: Duration, count: &mut Count) -> Result<ExitStatus> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let id = child.id();
    let (events, received) = mpsc::sync_channel(QUEUE);
    forward(child.stdout.take(), &events);
    forward(child.stderr.take(), &events);
    wait(child, events);

    let mut deadline = now() + limit;
    let mut status = None;
    loop {
        match received.recv_timeout(deadline.saturating_duration_since(now())) {
            Ok(Event::Line(line)) => {
                let line = String::from_utf8_lossy(&line);
                print!("{line}");
                std::io::stdout().flush().context("cannot print")?;
                count.read_line(&line);
            }
            Ok(Event::Exited(exited)) => {
                status = Some(exited.context("cannot wait for the program")?);
                deadline = now() + GRACE;
            }
            Err(RecvTimeoutError::Timeout) if status.is_none() => {
                kill_tree(id);
                bail!(
                    "it did not end within {} minutes and was killed",
                    limit.as_secs() / 60
                );
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    status.context("the program ended without a status")
}

/// Sends each line of a pipe until it closes. The threads end with the pipe or with the receiver.
fn forward(pipe: Option<impl Read + Send + 'static>, events: &SyncSender<Event>) {
    let Some(pipe) = pipe else { return };
    let events = events.clone();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            if events.send(Event::Line(std::mem::take(&mut line))).is_err() {
                break;
            }
        }
    });
}

fn wait(mut child: Child, events: SyncSender<Event>) {
    std::thread::spawn(move || events.send(Event::Exited(child.wait())));
}

/// Kills a process and all its descendants, which are found through `/proc`; elsewhere only the process itself.
///
/// A process group would be simpler, but then Ctrl-C in a terminal would no longer reach the child.
fn kill_tree(root: u32) {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name in parentheses may contain anything; behind it come the state and the parent.
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if let Some(parent) = parent.and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut doomed = vec![root];
    let mut next = 0;
    while let Some(&id) = doomed.get(next) {
        doomed.extend(children.remove(&id).unwrap_or_default());
        next += 1;
    }
    let ids = doomed.iter().map(u32::to_string);
    // Whatever has ended in the meantime is an error of `kill` that changes nothing.
    let _ = Command::new("kill")
        .arg("-KILL")
        .args(ids)
        .stderr(Stdio::null())
        .status();
}

#[expect(
    clippy::disallowed_methods,
    reason = "a step's duration and deadline are real time"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[track_caller]
    fn check(script: &str, counting: Counting, passed: u64, failed: u64) {
        let mut runner = Runner::default();
        let succeeded = runner.command("step", shell(script), counting, LIMIT);
        assert_eq!(runner.total, Count { passed, failed }, "{script}");
        assert_eq!(succeeded, failed == 0, "{script}");
    }

    const LIMIT: Duration = Duration::from_secs(60);

    #[test]
    fn a_check_counts_once_whatever_it_prints() {
        check("true", Counting::Check, 1, 0);
        check("false", Counting::Check, 0, 1);
        check("echo '# pass 5'", Counting::Check, 1, 0);
        check("echo '# fail 5'; false", Counting::Check, 0, 1);
    }

    #[test]
    fn tests_count_as_many_as_there_are() {
        check(
            "echo '# pass 5' >&2; echo '# fail 0'",
            Counting::Tests,
            5,
            0,
        );
        check(
            "echo '# pass 5'; echo '# fail 2'; exit 1",
            Counting::Tests,
            5,
            2,
        );
        check("echo '# pass 5'; exit 1", Counting::Tests, 5, 1);
        check("echo '# fail 2'", Counting::Tests, 0, 2);
        check("true", Counting::Tests, 0, 1);
        check("true", Counting::PerhapsTests, 0, 0);
        check("printf '# pass 2'", Counting::Tests, 2, 0);
    }

    #[test]
    fn a_program_that_is_not_there_fails() {
        let mut runner = Runner::default();
        let command = Command::new("/nowhere/at/all");
        assert!(!runner.command("step", command, Counting::Check, LIMIT));
        assert_eq!(runner.finish(), ExitCode::FAILURE);
    }

    #[test]
    fn a_step_that_hangs_is_killed_with_its_children() {
        let mut runner = Runner::default();
        let started = now();
        let command = shell("sleep 300 & echo started; wait; sleep 300");
        assert!(!runner.command("step", command, Counting::Check, Duration::from_millis(200)));
        assert!(started.elapsed() < LIMIT);
    }

    #[test]
    fn a_grandchild_that_keeps_the_output_open_does_not_hold_the_suite_up() {
        let started = now();
        check("echo '# pass 1'; sleep 30 & true", Counting::Tests, 1, 0);
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_is_left_out_is_neither_passed_nor_failed() {
        let mut runner = Runner::default();
        runner.leave_out("step", "it needs something rare");
        assert_eq!(runner.total, Count::default());
        assert!(runner.task("other", || Ok(())));
        assert_eq!(runner.finish(), ExitCode::SUCCESS);
    }

    #[test]
    fn nothing_run_is_a_failure() {
        assert_eq!(Runner::default().finish(), ExitCode::FAILURE);
    }
}
