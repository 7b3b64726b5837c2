//! A Chromium for the browser tests: the one that is here, or Debian's package when this machine may install it. The same for its
//! headless shell, which most tests run in: it takes a third less of the processor, but shows no notifications.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{find_program, run};

/// The names under which distributions install it, most specific first.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Debian's name for it, and that of its package.
const SHELL: &str = "chromium-headless-shell";

/// Finds a browser; `CHROMIUM` names one that is not on the search path.
pub(crate) fn find() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    named.or_else(|| find_program(&NAMES))
}

/// Finds the headless shell, or installs Debian's package of it. Without it, everything runs in the whole browser, as it does in the
/// one that `CHROMIUM` names.
pub(crate) fn shell() -> Option<PathBuf> {
    if std::env::var_os("CHROMIUM").is_some() {
        return None;
    }
    let here = || find_program(&[SHELL]);
    here().or_else(|| {
        if !may_install() {
            return None;
        }
        println!("installing Chromium's headless shell from Debian's packages");
        install_package(SHELL).ok().and_then(|()| here())
    })
}

/// Installs Debian's package.
///
/// # Errors
/// This is no Debian or not the superuser's process, with the package to install; or apt fails.
pub(crate) fn install() -> Result<()> {
    if !may_install() {
        bail!(
            "the browser tests need Chromium: install the package `chromium` (`sudo apt-get install chromium` on Debian and \
             Ubuntu), or set CHROMIUM to the program"
        );
    }
    println!("installing Chromium from Debian's packages");
    run(apt().arg("update"))?;
    install_package("chromium")?;
    find()
        .map(|_| ())
        .context("the package chromium brought no program of that name")
}

fn may_install() -> bool {
    Path::new("/etc/debian_version").exists() && is_superuser()
}

fn install_package(name: &str) -> Result<()> {
    run(apt().args(["install", "--yes", "--no-install-recommends", name]))
}

/// Debian's installer, which asks nothing.
pub(crate) fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet")
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether this process may do everything.
pub(crate) fn is_superuser() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
