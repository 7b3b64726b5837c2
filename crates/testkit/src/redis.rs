//! A Redis of the test's own, which may be stopped, killed and started again on its port.

use crate::clock::eventually;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running `redis-server` with an empty database that is written to no disk. Killed when it is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
    /// Whether it speaks TLS, and nothing else.
    has_tls: bool,
    address: SocketAddr,
    folder: TempDir,
}

impl RedisServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// There is no `redis-server` on the search path.
    #[track_caller]
    pub fn start() -> Self {
        Self::with(false)
    }

    /// Whether its programs are on the search path.
    pub fn is_installed() -> bool {
        let answers = |program: &str| {
            let mut ask = Command::new(program);
            ask.arg("--version").stdout(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        };
        answers("redis-server") && answers("redis-cli")
    }

    /// The same over TLS, with a certificate for `localhost` that [`crate::WebhookSink::authority`] has signed.
    #[track_caller]
    pub fn start_with_tls() -> Self {
        Self::with(true)
    }

    #[track_caller]
    fn with(has_tls: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = port.local_addr().unwrap();
        drop(port);
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(address, &folder, has_tls);
        let server = Self {
            process,
            has_tls,
            address,
            folder,
        };
        server.wait();
        server
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        match self.has_tls {
            true => format!("rediss://localhost:{}/0", self.address.port()),
            false => format!("redis://{}/0", self.address),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// SIGKILL: what it held is gone.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        let _ended = self.process.wait().unwrap();
    }

    /// Starts it again, empty, after [`RedisServer::kill`].
    #[track_caller]
    pub fn start_again(&mut self) {
        self.process = spawn(self.address, &self.folder, self.has_tls);
        self.wait();
    }

    /// Ends all connections, and takes new ones again at once.
    pub fn cut_connections(&self) {
        self.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    }

    /// SIGSTOP: it takes connections, and answers nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT: it does what it was told meanwhile.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Gives a command, and its answer.
    #[track_caller]
    pub fn cli(&self, args: &[&str]) -> String {
        let port = self.address.port().to_string();
        let output = Command::new("redis-cli")
            .args(["-p", &port])
            .args(args)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("/bin/sh")
            .args([
                "-c",
                "kill -$1 \"$0\"",
                &self.process.id().to_string(),
                name,
            ])
            .status()
            .unwrap();
        assert!(status.success(), "SIG{name} could not be sent");
    }

    #[track_caller]
    fn wait(&self) {
        eventually("Redis listens", || TcpStream::connect(self.address).is_ok());
    }
}

fn spawn(address: SocketAddr, folder: &TempDir, has_tls: bool) -> Child {
    let port = address.port().to_string();
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1"]);
    if has_tls {
        let certificates = Path::new(env!("CARGO_MANIFEST_DIR")).join("certificates");
        command.args(["--port", "0", "--tls-port", &port]);
        command.args(["--tls-auth-clients", "no"]);
        for (option, file) in [
            ("--tls-cert-file", "server.pem"),
            ("--tls-key-file", "server.key"),
            ("--tls-ca-cert-file", "authority.pem"),
        ] {
            command.arg(option).arg(certificates.join(file));
        }
    } else {
        command.args(["--port", &port]);
    }
    command
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is on the search path (Debian: apt-get install redis-server)")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
