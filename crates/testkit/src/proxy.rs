//! A TCP proxy that can fail: for a server behind a network that does.

use parking_lot::Mutex;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const PASSES: u8 = 0;
const REFUSES: u8 = 1;
const SWALLOWS: u8 = 2;

/// Passes connections on to a server until it is told otherwise.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: AtomicU8,
    connections: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// A proxy on a free port of the loopback.
    pub fn to(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            state: AtomicU8::new(PASSES),
            connections: Mutex::default(),
        });
        let (accepting, host) = (Arc::clone(&shared), host.to_owned());
        // Ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.state.load(Ordering::SeqCst) == REFUSES {
                    continue;
                }
                let Ok(server) = TcpStream::connect((host.as_str(), port)) else {
                    continue;
                };
                let pairs = [(&client, &server), (&server, &client)];
                for (from, to) in pairs.map(|(a, b)| (a.try_clone(), b.try_clone())) {
                    let (from, to, shared) = (from.unwrap(), to.unwrap(), Arc::clone(&accepting));
                    std::thread::spawn(move || pass(&shared, from, to));
                }
                accepting.connections.lock().extend([client, server]);
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection, and every new one at once.
    pub fn cut(&self) {
        self.shared.state.store(REFUSES, Ordering::SeqCst);
        self.end_all();
    }

    /// Keeps every connection, and passes nothing on: what comes is lost.
    pub fn swallow(&self) {
        self.shared.state.store(SWALLOWS, Ordering::SeqCst);
    }

    /// Passes connections on again. What was lost on the old ones is not made up for, so they end.
    pub fn mend(&self) {
        self.end_all();
        self.shared.state.store(PASSES, Ordering::SeqCst);
    }

    fn end_all(&self) {
        for connection in self.shared.connections.lock().drain(..) {
            let _gone = connection.shutdown(Shutdown::Both);
        }
    }
}

fn pass(shared: &Shared, mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(n) = from.read(&mut buffer) {
        let is_lost = shared.state.load(Ordering::SeqCst) == SWALLOWS;
        if n == 0 || (!is_lost && to.write_all(&buffer[..n]).is_err()) {
            break;
        }
    }
    let _gone = to.shutdown(Shutdown::Both);
}
