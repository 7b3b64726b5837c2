//! A PostgreSQL server for the tests: the one that answers where they look for it, or one of our own in a temporary folder, from
//! Debian's package if need be.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::browser::{apt, is_superuser};
use crate::workspace::{find_program, run};

/// Names the server that tests use, in libpq's words.
pub(crate) const VARIABLE: &str = "ANTIPHON_TEST_POSTGRES";
/// Where tests look when the variable names none.
const USUAL: &str = "host=127.0.0.1 port=5432 user=root dbname=test";
/// Where Debian's packages put the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that runs it when the superuser asks: PostgreSQL refuses the superuser itself.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A server that tests can use. One of our own ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<&'static str>,
    port: u16,
}

impl Postgres {
    /// Finds a server, or starts one.
    ///
    /// # Errors
    /// There is none, and no program to start, with the package to install; or it does not start.
    pub(crate) fn find() -> Result<Self> {
        if std::env::var_os(VARIABLE).is_some() || answers(USUAL) {
            return Ok(Self { own: None });
        }
        let programs = match programs() {
            Some(programs) => programs,
            None => install()?,
        };
        let own = Own::start(programs)?;
        Ok(Self { own: Some(own) })
    }

    /// Tells a command which server it is.
    pub(crate) fn tell(&self, command: &mut Command) {
        if let Some(own) = &self.own {
            let place = format!("host=127.0.0.1 port={} user=root dbname=postgres", own.port);
            command.env(VARIABLE, place);
        }
    }
}

impl Own {
    fn start(programs: PathBuf) -> Result<Self> {
        let user = USERS
            .into_iter()
            .find(|user| is_superuser() && succeeds(Command::new("id").arg(user)));
        let folder = std::env::temp_dir().join(format!("antiphon-postgres-{}", std::process::id()));
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        // A port that was free just now; nobody else is given it so soon.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let own = Self {
            programs,
            folder,
            user,
            port,
        };
        if let Some(user) = user {
            run(Command::new("chown").arg(user).arg(&own.folder))?;
        }
        let data = own.folder.join("data");
        run(own
            .program("initdb")
            .args([
                "--username=root",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .stdout(Stdio::null()))?;
        // What tests write need not outlive the machine.
        let settings = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=200"
        );
        run(own
            .program("pg_ctl")
            .args(["start", "--wait", "--options", &settings, "--pgdata"])
            .arg(&data)
            .arg("--log")
            .arg(own.folder.join("log"))
            .stdout(Stdio::null()))?;
        Ok(own)
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--pgdata"])
            .arg(self.folder.join("data"));
        succeeds(&mut stop);
        // Left in the temporary folder, it disturbs nobody.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Whether a server lets us in there. Without `psql` nobody can tell, and our own is used.
fn answers(place: &str) -> bool {
    let mut ask = Command::new("psql");
    ask.args([
        place,
        "--no-psqlrc",
        "--no-password",
        "--command",
        "SELECT 1",
    ])
    .env("PGCONNECT_TIMEOUT", "5");
    succeeds(&mut ask)
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The folder of `initdb`: that of the search path, or the newest of Debian's.
fn programs() -> Option<PathBuf> {
    if let Some(initdb) = find_program(&["initdb"]) {
        return initdb.parent().map(Path::to_owned);
    }
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(DEBIAN)
        .ok()?
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, programs)| programs.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().map(|(_, programs)| programs)
}

fn install() -> Result<PathBuf> {
    if !Path::new("/etc/debian_version").exists() || !is_superuser() {
        bail!(
            "the tests of the store need a PostgreSQL server: install the package `postgresql`, or set {VARIABLE} to one where \
             tests may be superuser, such as \"{USUAL}\""
        );
    }
    println!("installing PostgreSQL from Debian's packages");
    run(apt().arg("update"))?;
    run(apt().args(["install", "--yes", "--no-install-recommends", "postgresql"]))?;
    programs().context("the package postgresql brought no initdb")
}
