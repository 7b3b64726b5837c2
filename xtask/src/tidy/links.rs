//! Whether the links between the pages of the documentation lead somewhere: to a file that exists, and to a heading in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders with pages, besides the root of the repository.
const FOLDERS: [&str; 2] = ["docs", "docs/decisions"];

/// Complaints about the pages of the root and of `docs`.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for page in pages(root)? {
        let text =
            fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let shown = page.strip_prefix(root).unwrap_or(&page).display();
        let broken = links(&text)
            .into_iter()
            .filter(|link| !leads_somewhere(&page, link));
        complaints.extend(broken.map(|link| format!("{shown}: {link} leads nowhere")));
    }
    Ok(complaints)
}

fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    let folders = FOLDERS.iter().map(|folder| root.join(folder));
    for folder in std::iter::once(root.to_owned()).chain(folders) {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort_unstable();
    Ok(pages)
}

/// The targets of the links within the repository, in text that is no code.
fn links(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        // What is between backticks is no link.
        for part in line.split('`').step_by(2) {
            let targets = part.split("](").skip(1);
            found.extend(targets.filter_map(|rest| rest.split(')').next()));
        }
    }
    found.retain(|target| !target.contains("://") && !target.starts_with("mailto:"));
    found
}

fn leads_somewhere(page: &Path, link: &str) -> bool {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_owned(),
        file => page.with_file_name("").join(file),
    };
    if heading.is_empty() {
        return target.exists();
    }
    fs::read_to_string(target).is_ok_and(|text| {
        text.lines()
            .filter(|line| line.starts_with('#'))
            .any(|line| slug(line.trim_start_matches('#')) == heading)
    })
}

/// A heading as the part of an address behind `#`, as the common sites for code make it.
fn slug(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| match c {
        ' ' => '-',
        c => c.to_ascii_lowercase(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_within_the_repository_are_followed() {
        let text = "[a](b.md#c-d), [e](https://x.y) `[f](g)`\n```\n[h](i)\n```\n[j](#k)\n";
        assert_eq!(links(text), ["b.md#c-d", "#k"]);
    }

    #[test]
    fn a_link_needs_its_file_and_its_heading() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page.md");
        fs::write(&page, "# The page\n## What it's `for`, now\n").unwrap();
        for good in ["page.md", "#the-page", "page.md#what-its-for-now"] {
            assert!(leads_somewhere(&page, good), "{good}");
        }
        for broken in ["other.md", "#page", "other.md#the-page"] {
            assert!(!leads_somewhere(&page, broken), "{broken}");
        }
    }
}
