//! What a scenario found: named numbers with units, and what was wrong.

use anyhow::Result;
use serde_json::{Map, Value, json};
use std::io::{self, Write as _};

/// The result of one scenario.
#[derive(Debug)]
pub(crate) struct Report {
    scenario: &'static str,
    rows: Vec<Row>,
    failures: Vec<String>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    unit: &'static str,
    value: f64,
}

impl Report {
    /// An empty one.
    pub(crate) fn new(scenario: &'static str) -> Self {
        Self {
            scenario,
            rows: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Adds a number. `unit` is empty for counts.
    pub(crate) fn add(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.rows.push(Row { name, unit, value });
    }

    /// Adds something the server did wrong; the program then ends with status 1.
    pub(crate) fn fail(&mut self, what: String) {
        self.failures.push(what);
    }

    /// Whether the server did nothing wrong.
    pub(crate) fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// Writes it to standard output.
    pub(crate) fn print(&self, as_json: bool) -> Result<()> {
        let text = match as_json {
            true => format!("{}\n", self.json()),
            false => self.table(),
        };
        Ok(io::stdout().lock().write_all(text.as_bytes())?)
    }

    fn json(&self) -> Value {
        let values: Map<String, Value> = self
            .rows
            .iter()
            .map(|row| {
                let key = format!("{} {}", row.name, row.unit);
                let key = key.trim().replace([' ', '/'], "_").replace('%', "percent");
                (key, json!(row.value))
            })
            .collect();
        json!({
            "scenario": self.scenario,
            "passed": self.passed(),
            "failures": self.failures,
            "values": values,
        })
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max();
        let width = width.unwrap_or(0);
        let mut text = format!("{}\n", self.scenario);
        for Row { name, unit, value } in &self.rows {
            let digits = match value.fract() == 0.0 {
                true => 0,
                false => 3,
            };
            let line = format!("  {name:width$}  {value:>12.digits$} {unit}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        for failure in &self.failures {
            text.push_str(&format!("  FAILED: {failure}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_in_both_forms() {
        let mut report = Report::new("fanout");
        report.add("CPU per delivery", 4.25, "us");
        assert!(report.passed());
        report.fail("lost 1".to_owned());
        assert_eq!(
            report.table(),
            "fanout\n  CPU per delivery         4.250 us\n  FAILED: lost 1\n"
        );
        assert_eq!(report.json()["values"]["CPU_per_delivery_us"], 4.25);
        assert_eq!(report.json()["passed"], false);
    }
}
