//! Finds the totals in the output of test runners: nextest, cargo test, and Node's runner in both of its forms.

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl Count {
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Takes one line of output into account; most lines say nothing.
    pub(super) fn read_line(&mut self, line: &str) {
        let line = without_colors(line);
        let line = line.trim();
        // Everything before the totals: "Summary [ 1.2s] 50 tests run: " or "test result: ok. ".
        if line.starts_with("Summary [")
            && let Some((_, totals)) = line.split_once(" run: ")
        {
            self.read_totals(totals.split(','));
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.read_totals(
                result
                    .split_once(". ")
                    .map_or("", |(_, totals)| totals)
                    .split(';'),
            );
        } else if let Some(total) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
            let (word, number) = total.split_once(' ').unwrap_or_default();
            self.read_total(number, word);
        }
    }

    fn read_totals<'a>(&mut self, totals: impl Iterator<Item = &'a str>) {
        for total in totals {
            let (number, words) = total.trim().split_once(' ').unwrap_or_default();
            self.read_total(number, words);
        }
    }

    fn read_total(&mut self, number: &str, words: &str) {
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        // nextest puts details in parentheses behind the word, as in "48 passed (1 slow)".
        match words.split(" (").next().unwrap_or_default() {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "cancelled" | "timed out" | "exec failed" => self.failed += number,
            _ => {}
        }
    }
}

/// The line without terminal escapes of the form `ESC [ … letter`.
fn without_colors(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, escape)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = escape.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        rest = rest.get(1..).unwrap_or_default();
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, passed: u64, failed: u64) {
        let mut count = Count::default();
        output.lines().for_each(|line| count.read_line(line));
        assert_eq!(count, Count { passed, failed }, "{output}");
    }

    #[test]
    fn nextest_is_counted() {
        check(
            "     Summary [   0.018s] 50 tests run: 50 passed, 3 skipped",
            50,
            0,
        );
        check(
            "     Summary [   1.5s] 9/50 tests run: 4 passed (1 slow), 3 failed, 2 timed out, 0 skipped",
            4,
            5,
        );
        check(
            "\u{1b}[32;1m     Summary\u{1b}[0m [   0.018s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped",
            1,
            0,
        );
    }

    #[test]
    fn cargo_test_is_counted_over_all_its_binaries() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                      test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
        check(output, 5, 1);
    }

    #[test]
    fn node_is_counted_in_both_forms() {
        check(
            "ℹ tests 4\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ duration_ms 12.5",
            3,
            1,
        );
        check(
            "# tests 4\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 0",
            2,
            2,
        );
        check("\u{1b}[34mℹ pass 7\u{1b}[39m", 7, 0);
    }

    #[test]
    fn other_lines_say_nothing() {
        check(
            "# passed on\nok 1 - 12 passed\nSummary [x]\n12 passed, 3 failed\n# pass\nℹ \n\u{1b}[",
            0,
            0,
        );
    }
}
