//! The table of counts, and what is printed of a violation.

use crate::check::{Holdings, Kind, Violation};
use crate::journal::{
    AGAIN, CLOSINGS, CONNECTIONS_LOST, EVENTS_ACKNOWLEDGED, EVENTS_HEARD, EVENTS_SENT, FETCHES,
    MESSAGES_ACKNOWLEDGED, MESSAGES_SENT, OUTAGE, READ_MARKS, REPEATS, REPEATS_KNOWN, RESUMED,
    RESYNCED, SHOWN, SLOW_CUT_OFF, UNTIL_ACKNOWLEDGED, UPLOADS,
};
use crate::plan::Fault;
use crate::run::Outcome;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

/// Violations that are printed with their history; the others are counted.
const MAX_SHOWN: usize = 12;

const BEFORE_STORED: [&str; 4] = [MESSAGES_SENT, MESSAGES_ACKNOWLEDGED, REPEATS, REPEATS_KNOWN];
const BEHIND_STORED: [&str; 12] = [
    SHOWN,
    AGAIN,
    FETCHES,
    UPLOADS,
    READ_MARKS,
    CLOSINGS,
    CONNECTIONS_LOST,
    EVENTS_SENT,
    EVENTS_ACKNOWLEDGED,
    EVENTS_HEARD,
    RESUMED,
    RESYNCED,
];

/// A table with a column for each installation.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::new();
    let mut row = |name: &str, cell: &dyn Fn(&Outcome) -> String| {
        let mut line = format!("{name:<48}");
        for outcome in outcomes {
            let _infallible = write!(line, "{:>18}", cell(outcome));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    };
    row("", &|outcome| outcome.layout.name().to_owned());
    for name in BEFORE_STORED {
        row(name, &|outcome| {
            outcome.stage.journal.counted(name).to_string()
        });
    }
    row("messages stored", &|outcome| outcome.n_stored.to_string());
    for name in BEHIND_STORED {
        row(name, &|outcome| {
            outcome.stage.journal.counted(name).to_string()
        });
    }
    for (name, kind) in [
        ("losses", Kind::Loss),
        ("doubles", Kind::Double),
        ("otherwise wrong", Kind::Wrong),
        ("stuck or not given back", Kind::Stuck),
    ] {
        row(name, &|outcome| {
            let of_kind = outcome.violations.iter().filter(|one| one.kind == kind);
            of_kind.count().to_string()
        });
    }
    for name in [OUTAGE, UNTIL_ACKNOWLEDGED] {
        row(name, &|outcome| {
            seconds(outcome.stage.journal.longest(name))
        });
    }
    row("everything sent and shown, after the faults", &|outcome| {
        seconds(outcome.settled_after)
    });
    let faults: BTreeSet<Fault> = outcomes
        .iter()
        .flat_map(|one| one.faults.iter().copied())
        .collect();
    for fault in faults {
        row(&format!("fault: {}", fault.name()), &|outcome| {
            if outcome.faults.contains(&fault) {
                outcome.stage.journal.counted(fault.name()).to_string()
            } else {
                "-".to_owned()
            }
        });
    }
    row(SLOW_CUT_OFF, &|outcome| {
        outcome.stage.journal.counted(SLOW_CUT_OFF).to_string()
    });
    let mut processes: Vec<&str> = Vec::new();
    for (process, ..) in outcomes.iter().flat_map(|outcome| &outcome.holdings) {
        if !processes.contains(&&**process) {
            processes.push(process);
        }
    }
    for process in processes {
        let mut held = |what: &str, cell: &dyn Fn(Holdings, Holdings) -> String| {
            row(&format!("{process}: {what} before and after"), &|outcome| {
                let held = outcome.holdings.iter().find(|(name, ..)| name == process);
                held.map_or_else(
                    || "-".to_owned(),
                    |(_, before, after)| cell(*before, *after),
                )
            });
        };
        held("MiB", &|before, after| {
            let [before, after] = [before, after].map(|held| mib(held.memory_bytes));
            format!("{before:.1}, {after:.1}")
        });
        held("descriptors", &|before, after| {
            format!("{}, {}", before.descriptors, after.descriptors)
        });
    }
    table
}

/// What was violated in an installation, with the history of each message and event concerned.
pub(crate) fn violations(outcome: &Outcome, seed: u64) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    for Violation { kind, what, about } in outcome.violations.iter().take(MAX_SHOWN) {
        let subject = about.as_deref().unwrap_or("");
        line(&format!(
            "{kind:?} ({}, seed {seed}): {subject} {what}",
            outcome.layout.name()
        ));
        for note in about
            .iter()
            .flat_map(|about| outcome.stage.journal.history(about))
        {
            line(&format!("    {note}"));
        }
    }
    if let Some(more) = outcome.violations.len().checked_sub(MAX_SHOWN + 1) {
        line(&format!("and {} more", more + 1));
    }
    if let Some(logs) = &outcome.logs {
        line(&format!(
            "The logs of the processes are in {}.",
            logs.display()
        ));
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
