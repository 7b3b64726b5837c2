//! This machine: files and who may read them, room on the disk, descriptors.

use super::finding::Finding;
use antiphon_config::Config;
use rustix::process::{Resource, getrlimit};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Below so many sockets and files at once a busy site notices. Many systems have 1,024 unless told otherwise.
const ENOUGH_DESCRIPTORS: u64 = 16_384;

/// Below that a disk is a warning even if writing is still allowed: a day's backup would fill it.
const LITTLE_ROOM: u64 = 1 << 30;

pub(super) fn examine(config: &Config, env_file: &Path) -> Vec<Finding> {
    let data = &config.app.data;
    let mut findings = Vec::new();
    findings.extend(env_file_is_private(env_file));
    let written = data_folder(data);
    let is_there = written.is_good();
    findings.push(written.0);
    if is_there {
        findings.push(room(data, config.files.min_free_bytes));
    }
    findings.push(descriptors());
    findings
}

struct Written(Finding, bool);

impl Written {
    fn is_good(&self) -> bool {
        self.1
    }
}

fn env_file_is_private(path: &Path) -> Option<Finding> {
    let found = std::fs::metadata(path).ok()?;
    let shown = path.display();
    let mode = found.permissions().mode();
    Some(match mode & 0o007 {
        0 => Finding::good(".env", &format!("{shown} is not readable for everybody")),
        _ => Finding::warning(
            ".env",
            &format!("{shown} holds secrets, and every user of this machine can read it"),
            &format!("chmod 600 {shown}"),
        ),
    })
}

fn data_folder(data: &Path) -> Written {
    let shown = data.display();
    if !data.exists() {
        let message = format!("{shown} is not there yet; the first start makes it");
        return Written(Finding::note("data folder", &message), false);
    }
    let probe = data.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::File::create_new(&probe)
        .and_then(|mut file| file.write_all(b"antiphon").and_then(|()| file.sync_all()));
    // Whether or not there is one: the reason why there is none is told below.
    let _removed = std::fs::remove_file(&probe);
    if let Err(error) = written {
        return Written(
            Finding::bad(
                "data folder",
                &format!("nothing can be written to {shown}: {error}"),
                "make it writable for the user that Antiphon runs as, or set ANTIPHON_DATA to another folder",
            ),
            false,
        );
    }
    let mode = std::fs::metadata(data).map(|found| found.permissions().mode());
    let finding = match mode {
        Ok(mode) if mode & 0o007 != 0 => Finding::warning(
            "data folder",
            &format!(
                "every user of this machine can look into {shown}, where conversations and files are"
            ),
            &format!("chmod 700 {shown}"),
        ),
        _ => Finding::good(
            "data folder",
            &format!("{shown} can be written, and is private"),
        ),
    };
    Written(finding, true)
}

fn room(data: &Path, min_free_bytes: u64) -> Finding {
    let data: PathBuf = data.to_owned();
    let found = match rustix::fs::statvfs(&data) {
        Ok(found) => found,
        Err(error) => {
            let message = format!("cannot tell how much room there is: {error}");
            return Finding::warning("disk", &message, "look at it with df");
        }
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let shown = format!("{} MiB free", free >> 20);
    if free <= min_free_bytes {
        return Finding::bad(
            "disk",
            &format!(
                "{shown}: files are refused, since ANTIPHON_FILES_MIN_FREE_BYTES are to stay free"
            ),
            "make room, or move the data folder to a larger disk",
        );
    }
    if found.f_files > 0 && found.f_favail < 1_000 {
        return Finding::bad(
            "disk",
            "almost no inodes are left",
            "remove small files, or make the file system anew with more inodes",
        );
    }
    match free < LITTLE_ROOM {
        true => Finding::warning("disk", &shown, "make room before it is needed"),
        false => Finding::good("disk", &shown),
    }
}

fn descriptors() -> Finding {
    let limit = getrlimit(Resource::Nofile);
    // The server raises its own soft limit to the hard one.
    match limit.maximum {
        Some(hard) if hard < ENOUGH_DESCRIPTORS => Finding::warning(
            "descriptors",
            &format!(
                "this user may have {hard} files and sockets open at once, and each visitor needs one"
            ),
            "LimitNOFILE=1048576 in the systemd unit, or ulimit -n 1048576",
        ),
        Some(hard) => Finding::good(
            "descriptors",
            &format!("up to {hard} files and sockets at once"),
        ),
        None => Finding::good("descriptors", "no limit of files and sockets"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_folder_that_everybody_can_open_is_a_warning_and_a_private_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let set = |mode| {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap()
        };
        set(0o755);
        assert_eq!(data_folder(folder.path()).0.state, State::Warning);
        set(0o700);
        assert_eq!(data_folder(folder.path()).0.state, State::Good);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "the probe is gone"
        );
    }

    #[test]
    fn too_little_room_for_files_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(room(folder.path(), u64::MAX).state, State::Bad);
    }
}
