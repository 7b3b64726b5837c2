//! What a source file must and must not contain: its size, its opening words, and nothing left for later.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A file above this is two concepts. Tests are counted apart.
const MOST_LINES: usize = 700;

/// Long tables that would lose by being split.
const TABLES: [&str; 1] = ["crates/config/src/keys/table.rs"];

/// Where the sources are.
const FOLDERS: [&str; 4] = ["crates", "xtask", "web", "fuzz"];

/// Folders that hold what is made or fetched.
const MADE: [&str; 5] = ["target", "node_modules", "dist", ".build", "corpus"];

/// Words that mean "not finished". They are put together here so that this file does not contain them itself.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];

/// Complaints about all source files, in the order of their paths.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for folder in FOLDERS.map(|folder| root.join(folder)) {
        if folder.is_dir() {
            collect(&folder, &mut files)?;
        }
    }
    files.sort_unstable();
    let mut complaints = Vec::new();
    for file in files {
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let path = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        complaints.extend(check_file(&path, &text));
    }
    Ok(complaints)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !MADE.contains(&name) {
                collect(&path, files)?;
            }
        } else if matches!(
            extension(name),
            "rs" | "ts" | "tsx" | "js" | "mjs" | "css" | "html" | "sql"
        ) {
            files.push(path);
        }
    }
    Ok(())
}

fn check_file(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_rust = extension(path) == "rs";
    if is_rust && path.ends_with("/mod.rs") {
        complaints.push(format!(
            "{path}: a module `foo` lives in foo.rs, never in mod.rs"
        ));
    }
    // A file of unit tests belongs to the module it tests, which has opened already.
    if is_rust && !path.ends_with("/tests.rs") && !text.starts_with("//!") {
        complaints.push(format!(
            "{path}: it must open with //! and say what the module is for"
        ));
    }
    let length = counted_lines(path, text);
    if length > MOST_LINES && !TABLES.contains(&path) {
        complaints.push(format!(
            "{path}: {length} lines without its tests; {MOST_LINES} is the ceiling"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(word) = UNFINISHED.iter().find(|word| contains_word(line, word)) {
            complaints.push(format!(
                "{path}:{}: {word} is for an issue, not for the source",
                number + 1
            ));
        }
    }
    complaints
}

/// The lines that count against the ceiling: none in a file of tests, and those before `mod tests` in any other.
fn counted_lines(path: &str, text: &str) -> usize {
    let is_program = matches!(extension(path), "rs" | "ts" | "tsx" | "js" | "mjs");
    let is_test = path.ends_with("/tests.rs")
        || ["/tests/", "/test/", "/e2e/"]
            .iter()
            .any(|folder| path.contains(folder))
        || path.contains(".test.");
    if !is_program || is_test {
        return 0;
    }
    let program = text
        .split_once("\n#[cfg(test)]\nmod tests {")
        .map_or(text, |(program, _)| program);
    program.lines().count()
}

/// Whether the word stands in the line and is not a part of a longer one.
fn contains_word(line: &str, word: &str) -> bool {
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(start, _)| {
        let (before, after) = (&line[..start], &line[start + word.len()..]);
        !is_inside(before.chars().next_back())
            && (word.ends_with('(') || !is_inside(after.chars().next()))
    })
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, complaints: usize) {
        let found = check_file(path, text);
        assert_eq!(found.len(), complaints, "{path}: {found:?}");
    }

    #[test]
    fn a_rust_file_opens_with_its_purpose() {
        check("crates/a/src/lib.rs", "//! Purpose.\n", 0);
        check("crates/a/src/lib.rs", "use std::fmt;\n", 1);
        check("crates/a/src/b/mod.rs", "//! Purpose.\n", 1);
        check("crates/a/src/b/tests.rs", "use super::*;\n", 0);
        check("web/a.ts", "export {};\n", 0);
    }

    #[test]
    fn tests_and_tables_are_not_counted() {
        let long = format!("//! Long.\n{}", "line();\n".repeat(MOST_LINES));
        check("crates/a/src/lib.rs", &long, 1);
        check("web/shared/a.ts", &long, 1);
        check("crates/a/src/b/tests.rs", &long, 0);
        check("crates/a/tests/it/main.rs", &long, 0);
        check("web/test/unit/a.test.ts", &long, 0);
        check(TABLES[0], &long, 0);
        let tested = format!(
            "//! Short.\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "line();\n".repeat(900)
        );
        check("crates/a/src/lib.rs", &tested, 0);
    }

    #[test]
    fn nothing_is_left_for_later() {
        for word in UNFINISHED {
            check("web/a.css", &format!("/* {word} */\n"), 1);
        }
        check("web/a.ts", &format!("const {}S = 1;\n", UNFINISHED[0]), 0);
    }
}
