//! A backup of a PostgreSQL database before its schema is upgraded, by `pg_dump`.
//!
//! The driver for SQLite copies its file by itself. Here another program does it, which may be missing or older than the server, and
//! refuses such a server; so there is a choice of what to do without one.

use antiphon_config::{Database, DatabaseBackup, Postgres, SslMode};
use antiphon_store_postgres::Upgrade;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder in the data folder; the one of SQLite's copies.
const FOLDER: &str = "backups";
/// What such a backup is called: with the schema, the time, and this at its end.
const PREFIX: &str = "postgres-v";
const SUFFIX: &str = ".dump";
/// How many stay. The last one is for the way back; two more, for who notices late.
const KEPT: usize = 3;
/// From this version on libpq knows the system's certificates by a word.
const KNOWS_SYSTEM_ROOTS: u32 = 16;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Backup {
    /// It is there.
    Made(PathBuf),
    /// There is none, and why.
    None(String),
}

/// Makes a backup, as the configuration says. Its error keeps the upgrade from happening.
pub(crate) fn make(
    data: &Path,
    server: &Postgres,
    upgrade: &Upgrade,
    now_s: i64,
) -> Result<Backup, String> {
    if server.backup == DatabaseBackup::Off {
        return Ok(Backup::None("ANTIPHON_DB_BACKUP is off".to_owned()));
    }
    let program = match usable(upgrade.server) {
        Ok(version) => version,
        Err(why) if server.backup == DatabaseBackup::Auto => return Ok(Backup::None(why)),
        Err(why) => {
            return Err(format!(
                "the database is not upgraded, since ANTIPHON_DB_BACKUP is on and no backup can be made: {why}"
            ));
        }
    };
    let folder = data.join(FOLDER);
    let name = format!("{PREFIX}{}-{now_s}{SUFFIX}", upgrade.from);
    let made = dump(&folder, &name, server, upgrade, program);
    let path = made.map_err(|error| {
        format!(
            "the database is not upgraded, since the backup before it failed: {error}. Mend that, or make a backup yourself and set ANTIPHON_DB_BACKUP=off"
        )
    })?;
    // What is too much does no harm but to the room on the disk, which doctor looks at.
    let _removed = remove_old(&folder);
    Ok(Backup::Made(path))
}

/// The version of the `pg_dump` on the search path, if it can read such a server.
fn usable(server: u32) -> Result<u32, String> {
    let told = match Command::new("pg_dump").arg("--version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(format!(
                "there is no pg_dump on the search path; it is in the package postgresql-client-{server}"
            ));
        }
        Err(error) => return Err(format!("pg_dump cannot be run: {error}")),
    };
    // "pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)"
    let version = told
        .split(' ')
        .find_map(|word| word.split('.').next()?.trim().parse::<u32>().ok());
    match version {
        Some(version) if version >= server => Ok(version),
        Some(version) => Err(format!(
            "pg_dump {version} cannot read a server of version {server}; the package postgresql-client-{server} can"
        )),
        None => Err("pg_dump does not say its version".to_owned()),
    }
}

fn dump(
    folder: &Path,
    name: &str,
    server: &Postgres,
    upgrade: &Upgrade,
    program: u32,
) -> Result<PathBuf, String> {
    let system = |error: io::Error| error.to_string();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(system)?;
    // Half a backup must not be taken for one.
    let partial = folder.join(format!("{name}.partial"));
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&partial)
        .map_err(system)?;
    let written = run(&file, server, upgrade, program)
        .and_then(|()| file.sync_all().map_err(system))
        .and_then(|()| {
            let path = folder.join(name);
            fs::rename(&partial, &path).map_err(system)?;
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(system)?;
            Ok(path)
        });
    if written.is_err() {
        drop(fs::remove_file(&partial));
    }
    written
}

/// Everything is told by the environment: arguments can be read by other users.
fn run(file: &File, server: &Postgres, upgrade: &Upgrade, program: u32) -> Result<(), String> {
    let mut command = Command::new("pg_dump");
    command
        .args([
            "--format=custom",
            "--no-password",
            "--no-unlogged-table-data",
        ])
        .arg(format!(
            "--schema=\"{}\"",
            upgrade.namespace.replace('"', "\"\"")
        ))
        .env("PGHOST", &server.host)
        .env("PGPORT", server.port.to_string())
        .env("PGDATABASE", &server.database)
        .env("PGUSER", &server.username)
        .env("PGAPPNAME", "antiphon backup")
        .env("PGCONNECT_TIMEOUT", "10")
        .env(
            "PGSSLMODE",
            match server.ssl_mode {
                SslMode::Disable => "disable",
                SslMode::Prefer => "prefer",
                SslMode::Require => "require",
                SslMode::VerifyFull => "verify-full",
            },
        )
        .stdin(Stdio::null())
        .stdout(file.try_clone().map_err(|error| error.to_string())?);
    if let Some(password) = &server.password {
        command.env("PGPASSWORD", password.expose());
    }
    match (&server.ssl_root_cert, server.ssl_mode) {
        (Some(path), _) => drop(command.env("PGSSLROOTCERT", path)),
        (None, SslMode::VerifyFull) if program >= KNOWS_SYSTEM_ROOTS => {
            command.env("PGSSLROOTCERT", "system");
        }
        _ => {}
    }
    let output = command
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("pg_dump cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).take(3).collect();
    Err(format!(
        "pg_dump ended with {}: {}",
        output.status,
        said.join(" ")
    ))
}

/// Removes all backups of this kind but the latest.
fn remove_old(folder: &Path) -> io::Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let made_at = name.strip_prefix(PREFIX).and_then(|name| {
            name.strip_suffix(SUFFIX)?
                .split_once('-')?
                .1
                .parse::<i64>()
                .ok()
        });
        if let Some(made_at) = made_at {
            found.push((made_at, entry.path()));
        }
    }
    found.sort_unstable();
    let n_old = found.len().saturating_sub(KEPT);
    for (_, path) in found.drain(..n_old) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Whether an upgrade of this database would begin with a backup, in words for a person.
pub(crate) fn outlook(database: &Database, server_version: &str) -> String {
    let Database::Postgres(server) = database else {
        return "after a backup".to_owned();
    };
    let version = server_version.split(['.', ' ']).next();
    let version = version
        .and_then(|version| version.parse().ok())
        .unwrap_or(0);
    match (server.backup, usable(version)) {
        (DatabaseBackup::Off, _) => {
            "without a backup, since ANTIPHON_DB_BACKUP is off: make one before".to_owned()
        }
        (_, Ok(_)) => "after a backup".to_owned(),
        (DatabaseBackup::Auto, Err(why)) => {
            format!("without a backup, since {why}: make one before")
        }
        (DatabaseBackup::On, Err(why)) => format!("not before a backup can be made: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_stay_and_what_is_not_ours_does_too() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "postgres-v9-5.dump",
            "postgres-v10-40.dump",
            "postgres-v9-7.dump",
            "postgres-v8-100.dump",
            "antiphon-v1-1.sqlite",
            "postgres-v9-mine.dump",
        ];
        for name in names {
            File::create(folder.path().join(name)).unwrap();
        }
        remove_old(folder.path()).unwrap();
        let is_there = |name: &&str| folder.path().join(name).exists();
        let left: Vec<_> = names.iter().filter(|name| is_there(name)).collect();
        let mut expected: Vec<_> = names.iter().collect();
        expected.remove(0);
        assert_eq!(left, expected);
    }
}
