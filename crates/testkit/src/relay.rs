//! A line to another server that a test may cut, hold, or let tell another time.

use parking_lot::{Condvar, Mutex};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Bytes that pass at once.
const CHUNK: usize = 64 * 1024;

/// What happens on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Everything passes.
    Open,
    /// Connections are ended, and new ones at once.
    Cut,
    /// Connections are taken, and nothing passes.
    Held,
}

#[derive(Debug)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
    streams: Mutex<Vec<TcpStream>>,
    /// In what comes back, this is replaced by something of the same length.
    rewritten: Mutex<Option<(Vec<u8>, Vec<u8>)>>,
}

/// Listens on a port of its own, and passes on what comes, until the test ends.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    line: Arc<Line>,
}

impl Relay {
    /// A line to this server.
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line {
            state: Mutex::new(State::Open),
            changed: Condvar::new(),
            streams: Mutex::default(),
            rewritten: Mutex::default(),
        });
        let accepting = Arc::clone(&line);
        thread::spawn(move || {
            for stream in listener.incoming() {
                accepting.take(stream.unwrap(), server);
            }
        });
        Self { address, line }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections, and those that come from now on.
    pub fn cut(&self) {
        self.set(State::Cut);
        for stream in self.line.streams.lock().drain(..) {
            let _ended = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets nothing pass any more.
    pub fn hold(&self) {
        self.set(State::Held);
    }

    /// Lets everything pass, also what was held.
    pub fn open(&self) {
        self.set(State::Open);
    }

    /// Replaces a text in what comes back by one of the same length.
    pub fn rewrite(&self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len());
        *self.line.rewritten.lock() = Some((from.into(), to.into()));
    }

    fn set(&self, state: State) {
        *self.line.state.lock() = state;
        self.line.changed.notify_all();
    }
}

impl Line {
    fn take(self: &Arc<Self>, stream: TcpStream, server: SocketAddr) {
        if *self.state.lock() == State::Cut {
            return;
        }
        let onward = TcpStream::connect(server).unwrap();
        let clone = |stream: &TcpStream| stream.try_clone().unwrap();
        self.streams.lock().extend([clone(&stream), clone(&onward)]);
        for (from, to, is_answer) in [
            (clone(&stream), clone(&onward), false),
            (onward, stream, true),
        ] {
            let line = Arc::clone(self);
            thread::spawn(move || line.pass(from, to, is_answer));
        }
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, is_answer: bool) {
        let mut chunk = vec![0; CHUNK];
        while let Ok(length @ 1..) = from.read(&mut chunk) {
            let bytes = &mut chunk[..length];
            if is_answer && let Some((old, new)) = &*self.rewritten.lock() {
                let mut at = 0;
                while let Some(found) = bytes[at..].windows(old.len()).position(|part| part == old)
                {
                    at += found;
                    bytes[at..at + old.len()].copy_from_slice(new);
                }
            }
            let mut state = self.state.lock();
            self.changed
                .wait_while(&mut state, |state| *state == State::Held);
            drop(state);
            if to.write_all(&chunk[..length]).is_err() {
                break;
            }
        }
        let _ended = to.shutdown(Shutdown::Both);
    }
}
