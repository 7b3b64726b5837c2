//! The rules of the house that no compiler knows, as complaints that name the file and what to do.
//!
//! `cargo xtask tidy` prints them, and a test fails on them, so that running the tests is the whole truth. The rules read
//! manifests and sources; they build nothing and need no network.

mod conformance;
mod crates;
mod documented_keys;
mod links;
mod sources;

use anyhow::Result;

use crate::codegen;
use crate::workspace::Workspace;

/// All complaints, in the order of the rules; empty when the house is tidy.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let mut complaints = crates::directions(&workspace.metadata);
    complaints.extend(crates::owners(&workspace.metadata));
    complaints.extend(crates::banned(&workspace.root)?);
    complaints.extend(sources::check(&workspace.root)?);
    complaints.extend(conformance::check(&workspace.root)?);
    complaints.extend(documented_keys::check(&workspace.root)?);
    complaints.extend(links::check(&workspace.root)?);
    complaints.extend(
        codegen::stale_paths(workspace)
            .into_iter()
            .map(|path| format!("{path} is not what the code says: run `cargo xtask codegen`")),
    );
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let complaints = check(&Workspace::find().unwrap()).unwrap();
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }
}
