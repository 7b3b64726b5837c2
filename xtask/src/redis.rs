//! The programs of Redis for the tests, which start servers of their own: those that are here, or Debian's package when this machine
//! may install it.

use std::path::Path;

use anyhow::{Result, bail};

use crate::browser::{apt, is_superuser};
use crate::workspace::{find_program, run};

/// What the tests run.
const PROGRAMS: [&str; 2] = ["redis-server", "redis-cli"];

/// Finds the programs, or installs them. The service that comes with Debian's package is left alone.
///
/// # Errors
/// They are not there, and cannot be installed, with the package to install; or apt fails.
pub(crate) fn provide() -> Result<()> {
    if are_there() {
        return Ok(());
    }
    if !Path::new("/etc/debian_version").exists() || !is_superuser() {
        bail!(
            "the tests of several nodes need Redis 7: install the package `redis-server` (`sudo apt-get install redis-server` on \
             Debian and Ubuntu)"
        );
    }
    println!("installing Redis from Debian's packages");
    run(apt().arg("update"))?;
    run(apt().args([
        "install",
        "--yes",
        "--no-install-recommends",
        "redis-server",
    ]))?;
    match are_there() {
        true => Ok(()),
        false => bail!("the package redis-server brought no program of that name"),
    }
}

fn are_there() -> bool {
    PROGRAMS
        .iter()
        .all(|program| find_program(&[*program]).is_some())
}
