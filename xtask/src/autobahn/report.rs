//! What Autobahn says of each case, and what counts as passed.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Behavior that is as the standard wants it. `NON-STRICT` is allowed but not ideal, `INFORMATIONAL` is no judgment, and
/// `UNIMPLEMENTED` means that an offer of compression was declined, as a server may.
const GOOD: [&str; 4] = ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"];

/// The cases of a report.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How many were as the standard wants it.
    passed: usize,
    /// The others, each with Autobahn's words for what happened and for how the connection was closed.
    pub(super) failed: Vec<String>,
    /// How many of those that passed were not `OK`, by Autobahn's word for it.
    lenient: Vec<(String, usize)>,
}

impl Verdict {
    /// Reads Autobahn's `index.json`.
    ///
    /// # Errors
    /// It is none, or has no case of this agent.
    pub(super) fn read(index: &str, agent: &str) -> Result<Self> {
        let index: Value = serde_json::from_str(index).context("Autobahn's report is not JSON")?;
        let cases = index[agent].as_object();
        let cases = cases.context("Autobahn's report does not name our server")?;
        ensure!(!cases.is_empty(), "Autobahn ran no case");
        let mut verdict = Self::default();
        for (case, result) in cases {
            let word = |name: &str| result[name].as_str().unwrap_or("nothing").to_owned();
            let (behavior, close) = (word("behavior"), word("behaviorClose"));
            if !GOOD.contains(&&*behavior) || !GOOD.contains(&&*close) {
                verdict
                    .failed
                    .push(format!("{case}: {behavior}, closed: {close}"));
                continue;
            }
            verdict.passed += 1;
            if behavior != "OK" {
                match verdict
                    .lenient
                    .iter_mut()
                    .find(|(word, _)| *word == behavior)
                {
                    Some((_, count)) => *count += 1,
                    None => verdict.lenient.push((behavior, 1)),
                }
            }
        }
        Ok(verdict)
    }

    /// How many cases there are in it.
    pub(super) fn n_cases(&self) -> usize {
        self.passed + self.failed.len()
    }

    /// Prints the failures, and the totals in the form that the suite counts.
    pub(super) fn print(&self, report: &Path) {
        for failure in &self.failed {
            println!("case {failure}");
        }
        if !self.failed.is_empty() {
            println!("the report is {}", report.join("index.html").display());
        }
        for (word, count) in &self.lenient {
            println!("{count} of those that passed are {word}");
        }
        println!("# pass {}", self.passed);
        println!("# fail {}", self.failed.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_good_behavior_that_also_closes_well_passes() {
        let index = r#"{"us": {
            "1.1.1": {"behavior": "OK", "behaviorClose": "OK"},
            "6.4.1": {"behavior": "NON-STRICT", "behaviorClose": "OK"},
            "6.4.2": {"behavior": "NON-STRICT", "behaviorClose": "OK"},
            "7.1.1": {"behavior": "OK", "behaviorClose": "FAILED"},
            "7.1.6": {"behavior": "INFORMATIONAL", "behaviorClose": "INFORMATIONAL"},
            "9.1.1": {"behavior": "FAILED", "behaviorClose": "OK"},
            "9.1.2": {}
        }}"#;
        let verdict = Verdict::read(index, "us").unwrap();
        assert_eq!((verdict.passed, verdict.n_cases()), (4, 7));
        assert_eq!(
            verdict.failed,
            [
                "7.1.1: OK, closed: FAILED",
                "9.1.1: FAILED, closed: OK",
                "9.1.2: nothing, closed: nothing"
            ]
        );
        let lenient = [
            ("NON-STRICT".to_owned(), 2),
            ("INFORMATIONAL".to_owned(), 1),
        ];
        assert_eq!(verdict.lenient, lenient);
    }

    #[test]
    fn no_case_is_no_success() {
        for index in ["", "{}", r#"{"us": {}}"#, r#"{"them": {"1.1.1": {}}}"#] {
            assert!(Verdict::read(index, "us").is_err(), "{index}");
        }
    }
}
