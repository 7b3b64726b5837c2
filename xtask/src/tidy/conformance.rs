//! Whether `docs/conformance.md` is true: every check has a row, and every test that a row names exists.
//!
//! A test is named `crate::module::test`, or is the path of a file of `web/test`. Whether it passes is what the tests say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const PAGE: &str = "docs/conformance.md";

/// The checks are numbered from 1 to this.
const CHECKS: usize = 89;

const STATES: [&str; 2] = ["yes", "not yet"];

/// Complaints about the page.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let complaints = check_page(&text, |name| exists(root, name));
    Ok(complaints
        .into_iter()
        .map(|complaint| format!("{PAGE}: {complaint}"))
        .collect())
}

fn check_page(text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut rows = BTreeMap::<usize, usize>::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let tests = names(cells.last().copied().unwrap_or_default());
        for name in &tests {
            if !exists(name) {
                complaints.push(format!("there is no test {name}"));
            }
        }
        let Ok(number) = cells[0].parse::<usize>() else {
            continue;
        };
        *rows.entry(number).or_default() += 1;
        let state = cells.get(2).copied().unwrap_or_default();
        if cells.len() != 4 || !STATES.contains(&state) {
            complaints.push(format!(
                "check {number}: a row has a number, what is checked, a state of {STATES:?}, and tests"
            ));
        } else if tests.is_empty() != (state == "not yet") {
            complaints.push(format!(
                "check {number} is {state:?} and has {} tests",
                tests.len()
            ));
        }
    }
    for number in 1..=CHECKS {
        match rows.get(&number).copied().unwrap_or_default() {
            1 => {}
            n => complaints.push(format!("check {number} has {n} rows")),
        }
    }
    complaints
}

/// What stands between backticks and looks like a test.
fn names(cell: &str) -> Vec<&str> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| text.contains("::") || text.starts_with("web/test/"))
        .collect()
}

fn exists(root: &Path, name: &str) -> bool {
    if name.starts_with("web/test/") {
        return root.join(name).is_file();
    }
    let Some((krate, rest)) = name.split_once("::") else {
        return false;
    };
    let Some((module, function)) = rest.rsplit_once("::") else {
        return false;
    };
    files(&root.join("crates").join(krate), module)
        .iter()
        .any(|file| fs::read_to_string(file).is_ok_and(|text| has_test(&text, function)))
}

/// Where the tests of a module are: among those of the whole crate, in its own file, or beside that.
fn files(krate: &Path, module: &str) -> [PathBuf; 3] {
    let path = module.replace("::", "/");
    [
        krate.join(format!("tests/it/{path}.rs")),
        krate.join(format!("src/{path}.rs")),
        krate.join(format!("src/{path}/tests.rs")),
    ]
}

/// Whether a function of this name has an attribute that makes it a test, or a macro of the file makes it one: then the name has a
/// line of its own in the macro's list.
fn has_test(text: &str, function: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    if text.contains("#[test] fn $") && lines.contains(&function) {
        return true;
    }
    let start = format!("fn {function}(");
    let is_function =
        |line: &str| line.starts_with(&start) || line.starts_with(&format!("async {start}"));
    lines.iter().enumerate().any(|(number, line)| {
        let mut attributes = lines[..number]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["));
        let is_test = |line: &&str| line.starts_with("#[test") || line.starts_with("#[tokio::test");
        is_function(line) && attributes.any(is_test)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page in which every check is shown by one test, but for these rows.
    fn page(rows: &[(usize, &str)]) -> String {
        let row = |number| {
            let other = rows.iter().find(|(known, _)| *known == number);
            other.map_or_else(
                || format!("| {number} | what | yes | `a::b::c` |"),
                |(_, row)| (*row).to_owned(),
            )
        };
        (1..=CHECKS).map(row).collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn complains(rows: &[(usize, &str)], expected: &[&str]) {
        let found = check_page(&page(rows), |name| name == "a::b::c");
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn every_check_is_shown_or_said_to_be_missing() {
        complains(&[], &[]);
        complains(&[(3, "| 3 | what | not yet | why |")], &[]);
        complains(&[(3, "| 3 | what | yes | |")], &["check 3 is \"yes\""]);
        complains(
            &[(3, "| 3 | what | not yet | `a::b::c` |")],
            &["has 1 tests"],
        );
        complains(&[(3, "| 3 | what | maybe | `a::b::c` |")], &["a state of"]);
        complains(&[(3, "no row")], &["check 3 has 0 rows"]);
        complains(
            &[(4, "| 3 | what | yes | `a::b::c` |")],
            &["check 3 has 2 rows", "check 4 has 0 rows"],
        );
    }

    #[test]
    fn a_test_that_is_not_there_is_named() {
        complains(
            &[(3, "| 3 | `x::y` | yes | `a::b::c`, `a::b::gone` |")],
            &["no test a::b::gone"],
        );
        complains(
            &[(3, "| A trap | `web/test/peers/gone.test.js` |")],
            &["web/test/peers/gone.test.js", "check 3 has 0 rows"],
        );
    }

    #[test]
    fn only_functions_that_are_run_are_tests() {
        let text = "#[test]\nfn one() {}\n    #[tokio::test(start_paused = true)]\n    async fn two() {}\nfn three() {}\n\
                    #[test]\n\nfn four() {}\n#[test]\n#[cfg(unix)]\nfn five() {}\n";
        let found: Vec<_> = ["one", "two", "three", "four", "five", "on"]
            .into_iter()
            .filter(|name| has_test(text, name))
            .collect();
        assert_eq!(found, ["one", "two", "five"]);
        let listed = "macro_rules! facts { ($($fact:ident)*) => { $(#[test] fn $fact() {})* } }\n\
                      facts! {\n    one\n    two\n}\nfn one() {}\nfn three() {}\n";
        assert!(has_test(listed, "one") && !has_test(listed, "three"));
        assert!(!has_test("facts! {\n    one\n}\n", "one"));
    }
}
