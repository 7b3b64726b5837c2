//! Servers that a scenario starts itself: Antiphon's WebSocket server, and the Redis that several of them share.

use crate::clock;
use crate::target::Target;
use anyhow::{Context as _, Result, ensure};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long a server may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running server, which ends with this value, and the folder of its data.
pub(crate) struct Server(Child, PathBuf);

impl Server {
    /// Starts `reverb:start` of this program with the target's credentials, on this port and with these variables.
    pub(crate) fn start(
        program: &Path,
        target: &Target,
        port: u16,
        env: &[(&str, &str)],
    ) -> Result<Self> {
        let data = folder(port)?;
        let path = program.canonicalize();
        let path = path.with_context(|| format!("no program {}", program.display()))?;
        // One address has too few ports for some numbers of connections, and finding the last of them takes long.
        let listen_on = match target.addresses {
            1 => target.host,
            _ => Ipv4Addr::UNSPECIFIED.into(),
        };
        let mut command = Command::new(path);
        command
            .args(["reverb:start", "--port", &port.to_string()])
            .args(["--host", &listen_on.to_string()])
            .env("ANTIPHON_DATA", &data)
            .env("REVERB_APP_ID", &target.app_id)
            .env("REVERB_APP_KEY", &target.key)
            .env("REVERB_APP_SECRET", &target.secret)
            .envs(env.iter().copied());
        Self::spawn(command, data)
    }

    /// Starts a Redis that writes to no disk, on this port of the loopback.
    pub(crate) fn redis(port: u16) -> Result<Self> {
        let data = folder(port)?;
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"]);
        Self::spawn(command, data)
    }

    fn spawn(mut command: Command, data: PathBuf) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .current_dir(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        Ok(Self(child, data))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it listens.
    pub(crate) fn wait_for(&self, address: SocketAddr) -> Result<()> {
        let deadline = clock::now() + START_TIMEOUT;
        while TcpStream::connect_timeout(&address, START_TIMEOUT).is_err() {
            ensure!(
                clock::now() < deadline,
                "no server listens on {address} after {} s",
                START_TIMEOUT.as_secs()
            );
            clock::pause(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; what matters is that it is gone, and its folder with it.
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

fn folder(port: u16) -> Result<PathBuf> {
    let name = format!("antiphon-bench-{}-{port}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder)
}
