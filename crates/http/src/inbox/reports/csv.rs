//! A table for spreadsheets: RFC 4180, in UTF-8. What people wrote can begin no formula.

use antiphon_domain::ReportPeriod;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use std::fmt::Display;

/// What a spreadsheet takes for the beginning of a formula; the last two it passes over on the way to one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What stands in a cell.
#[derive(Debug)]
pub(super) struct Cell(String);

impl Cell {
    /// A text, which may be somebody's. An apostrophe is put before one that a spreadsheet would calculate.
    pub(super) fn text(text: impl Into<String>) -> Self {
        let mut text: String = text.into();
        if text.starts_with(FORMULA) {
            text.insert(0, '\'');
        }
        if text.contains(['"', ',', '\n', '\r']) || text.starts_with('\'') {
            text = format!("\"{}\"", text.replace('"', "\"\""));
        }
        Self(text)
    }

    /// A number, or an empty cell.
    pub(super) fn number(number: Option<impl Display>) -> Self {
        Self(number.map(|number| number.to_string()).unwrap_or_default())
    }
}

/// The table. Its first row names the columns.
#[derive(Debug, Default)]
pub(super) struct Csv(String);

impl Csv {
    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.0.push_str(&cell.0);
        }
        self.0.push_str("\r\n");
    }

    /// The answer that a browser keeps as a file.
    pub(super) fn download(self, what: &str, period: &ReportPeriod) -> Response {
        let name = format!(
            "attachment; filename=\"report-{what}-{}-{}.csv\"",
            period.first_day(),
            period.last_day()
        );
        let headers = [
            (
                header::CONTENT_TYPE,
                "text/csv; charset=utf-8; header=present".to_owned(),
            ),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::VARY, "accept".to_owned()),
        ];
        (headers, self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_that_of_the_rfc() {
        let mut csv = Csv::default();
        csv.row(["a", "b, c", "say \"hi\"", "two\nlines", ""].map(Cell::text));
        csv.row([Cell::number(Some(-1)), Cell::number(None::<i64>)]);
        assert_eq!(
            csv.0,
            "a,\"b, c\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n-1,\r\n"
        );
    }

    #[test]
    fn what_people_wrote_begins_no_formula() {
        for (text, cell) in [
            ("=1+1", "\"'=1+1\""),
            ("+49 30 1234", "\"'+49 30 1234\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            (
                "=HYPERLINK(\"http://x\",\"y\")",
                "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"",
            ),
            ("1=1", "1=1"),
            ("'quoted'", "\"'quoted'\""),
        ] {
            assert_eq!(Cell::text(text).0, cell, "{text:?}");
        }
    }
}
