//! A TCP proxy between somebody and a server, or several that are alike, which breaks connections in the ways that networks do.
//!
//! Two threads carry each connection. Silence takes the bytes and tells nobody; it holds both ends open until [`Proxy::heal`].

use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A read is short, so that a cut falls into the midst of what is said.
const PIECE: usize = 4096;
/// The server is on this machine: it takes a connection at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// What the client says.
    Up,
    /// What the server says.
    Down,
}

/// A listening proxy. Its connections end when it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// The servers. A connection goes to the next one that takes it.
    upstreams: Vec<SocketAddr>,
    rules: Mutex<Rules>,
    changed: Condvar,
    links: Mutex<HashMap<u64, Arc<Link>>>,
    n_links: AtomicU64,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct Rules {
    is_stalled: bool,
    /// New connections are silent too.
    is_isolated: bool,
    /// New connections are hung up on.
    is_refusing: bool,
    /// How many of the next connections are cut, in which direction, and after how many bytes.
    cut_next: u32,
    cut: Option<(Way, usize)>,
}

#[derive(Debug)]
struct Link {
    client: TcpStream,
    /// `None`: it was silent from the beginning.
    server: Option<TcpStream>,
    is_silent: AtomicBool,
    cut: Option<(Way, usize)>,
}

impl Proxy {
    /// A proxy for this server, on a free port.
    pub(crate) fn start(upstream: SocketAddr) -> io::Result<Self> {
        Self::balancing(vec![upstream])
    }

    /// A balancer for these servers, on a free port: each connection goes to the next of them that takes it.
    pub(crate) fn balancing(upstreams: Vec<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstreams,
            rules: Mutex::default(),
            changed: Condvar::new(),
            links: Mutex::default(),
            n_links: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || of_thread.accept(&listener));
        Ok(Self { address, shared })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        for link in self.shared.links.lock().values() {
            link.end();
        }
    }

    /// Ends so many of the next connections once so many bytes have passed that way.
    pub(crate) fn cut_next(&self, connections: u32, way: Way, bytes: usize) {
        let mut rules = self.shared.rules.lock();
        rules.cut_next = connections;
        rules.cut = Some((way, bytes));
    }

    /// Nothing moves, until [`Proxy::flow`].
    pub(crate) fn stall(&self) {
        self.shared.rules.lock().is_stalled = true;
    }

    /// Everything moves again.
    pub(crate) fn flow(&self) {
        self.shared.rules.lock().is_stalled = false;
        self.shared.changed.notify_all();
    }

    /// Makes every connection silent; those that come later are not.
    pub(crate) fn fall_silent(&self) {
        for link in self.shared.links.lock().values() {
            link.is_silent.store(true, Ordering::Relaxed);
        }
    }

    /// Nothing passes any more, and neither end hears of it: connections go silent, and so are those that come later.
    pub(crate) fn isolate(&self) {
        self.shared.rules.lock().is_isolated = true;
        self.fall_silent();
    }

    /// The server is not there any more: connections end, and those that come later are hung up on.
    pub(crate) fn refuse(&self) {
        self.shared.rules.lock().is_refusing = true;
        self.cut();
    }

    /// Ends what is silent, and breaks nothing more.
    pub(crate) fn heal(&self) {
        *self.shared.rules.lock() = Rules::default();
        self.flow();
        for link in self.shared.links.lock().values() {
            if link.is_silent.load(Ordering::Relaxed) {
                link.end();
            }
        }
        self.shared
            .links
            .lock()
            .retain(|_, link| !link.is_silent.load(Ordering::Relaxed));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.heal();
        self.cut();
        // Wakes the thread that accepts, which then ends.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming().map_while(Result::ok) {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let shared = Arc::clone(self);
            std::thread::spawn(move || shared.serve(client));
        }
    }

    fn serve(self: &Arc<Self>, client: TcpStream) {
        self.wait_while_stalled();
        let (is_refusing, is_isolated) = {
            let rules = self.rules.lock();
            (rules.is_refusing, rules.is_isolated)
        };
        if is_refusing {
            return;
        }
        if is_isolated {
            return self.swallow(client);
        }
        // A server that is not there is a client that is hung up on.
        let Some((id, server)) = self.connect() else {
            return;
        };
        let no_delay = client.set_nodelay(true).and(server.set_nodelay(true));
        if no_delay.is_err() {
            return;
        }
        let cut = {
            let mut rules = self.rules.lock();
            let is_cut = rules.cut_next > 0;
            rules.cut_next = rules.cut_next.saturating_sub(1);
            rules.cut.filter(|_| is_cut)
        };
        let link = Arc::new(Link {
            client,
            server: Some(server),
            is_silent: AtomicBool::new(false),
            cut,
        });
        self.links.lock().insert(id, Arc::clone(&link));
        // It may have been on its way in when everybody else was broken.
        {
            let rules = self.rules.lock();
            link.is_silent.store(rules.is_isolated, Ordering::Relaxed);
            if rules.is_refusing {
                link.end();
            }
        }
        let (shared, of_thread) = (Arc::clone(self), Arc::clone(&link));
        let down = std::thread::spawn(move || shared.carry(&of_thread, Way::Down));
        self.carry(&link, Way::Up);
        let _ended = down.join();
        if !link.is_silent.load(Ordering::Relaxed) {
            self.links.lock().remove(&id);
        }
    }

    /// A connection to the next server that takes it, and the connection's number.
    fn connect(&self) -> Option<(u64, TcpStream)> {
        let id = self.n_links.fetch_add(1, Ordering::Relaxed);
        let n = self.upstreams.len();
        (0..n).find_map(|further| {
            let upstream = &self.upstreams[(id as usize + further) % n];
            let server = TcpStream::connect_timeout(upstream, CONNECT_TIMEOUT).ok()?;
            Some((id, server))
        })
    }

    /// Takes what the client says, and answers nothing, until [`Proxy::heal`].
    fn swallow(&self, client: TcpStream) {
        let id = self.n_links.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(Link {
            client,
            server: None,
            is_silent: AtomicBool::new(true),
            cut: None,
        });
        self.links.lock().insert(id, Arc::clone(&link));
        let mut piece = [0; PIECE];
        while (&link.client).read(&mut piece).is_ok_and(|n| n > 0) {}
    }

    /// Carries one direction to its end.
    fn carry(&self, link: &Link, way: Way) {
        let Some(server) = &link.server else { return };
        let (mut from, mut to) = match way {
            Way::Up => (&link.client, server),
            Way::Down => (server, &link.client),
        };
        let mut left = link
            .cut
            .and_then(|(cut, bytes)| (cut == way).then_some(bytes));
        let mut piece = [0; PIECE];
        loop {
            let n = match from.read(&mut piece) {
                Ok(0) | Err(_) => break,
                Ok(n) => n,
            };
            self.wait_while_stalled();
            if link.is_silent.load(Ordering::Relaxed) {
                continue;
            }
            let passed = left.map_or(n, |left| left.min(n));
            if to.write_all(&piece[..passed]).is_err() {
                break;
            }
            if let Some(left) = &mut left {
                *left -= passed;
                if *left == 0 {
                    break;
                }
            }
        }
        if !link.is_silent.load(Ordering::Relaxed) {
            link.end();
        }
    }

    fn wait_while_stalled(&self) {
        let mut rules = self.rules.lock();
        while rules.is_stalled {
            self.changed.wait(&mut rules);
        }
    }
}

impl Link {
    fn end(&self) {
        let _gone = self.client.shutdown(Shutdown::Both);
        if let Some(server) = &self.server {
            let _gone = server.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that says back what it hears.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn connect(proxy: &Proxy) -> TcpStream {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        let patience = Some(Duration::from_secs(10));
        stream.set_read_timeout(patience).unwrap();
        stream
    }

    fn hear(stream: &mut TcpStream, n: usize) -> Vec<u8> {
        let mut heard = vec![0; n];
        stream.read_exact(&mut heard).unwrap();
        heard
    }

    fn rest(stream: &mut TcpStream) -> Vec<u8> {
        let mut heard = Vec::new();
        let _cut = stream.read_to_end(&mut heard);
        heard
    }

    #[test]
    fn it_carries_both_ways_and_cuts() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut stream = connect(&proxy);
        stream.write_all(b"hello").unwrap();
        assert_eq!(hear(&mut stream, 5), b"hello");
        proxy.cut();
        assert_eq!(rest(&mut stream), b"");
    }

    #[test]
    fn it_cuts_in_the_midst_of_either_direction() {
        for way in [Way::Up, Way::Down] {
            let proxy = Proxy::start(echo()).unwrap();
            proxy.cut_next(1, way, 3);
            let mut stream = connect(&proxy);
            stream.write_all(b"hello").unwrap();
            let heard = rest(&mut stream);
            assert!(b"hel".starts_with(&heard), "{heard:?}");
            let mut next = connect(&proxy);
            next.write_all(b"again").unwrap();
            assert_eq!(hear(&mut next, 5), b"again");
        }
    }

    #[test]
    fn a_stall_delays_and_loses_nothing() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut stream = connect(&proxy);
        stream.write_all(b"a").unwrap();
        assert_eq!(hear(&mut stream, 1), b"a");
        proxy.stall();
        stream.write_all(b"b").unwrap();
        let short = Some(Duration::from_millis(50));
        stream.set_read_timeout(short).unwrap();
        assert!(stream.read(&mut [0]).is_err(), "nothing moves");
        stream.set_read_timeout(None).unwrap();
        proxy.flow();
        assert_eq!(hear(&mut stream, 1), b"b");
    }

    #[test]
    fn silence_swallows_until_it_is_healed() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut stream = connect(&proxy);
        stream.write_all(b"a").unwrap();
        assert_eq!(hear(&mut stream, 1), b"a");
        proxy.fall_silent();
        stream.write_all(b"b").unwrap();
        let short = Some(Duration::from_millis(50));
        stream.set_read_timeout(short).unwrap();
        assert!(stream.read(&mut [0]).is_err(), "neither a byte nor an end");
        proxy.heal();
        stream.set_read_timeout(None).unwrap();
        assert_eq!(rest(&mut stream), b"");
    }

    #[test]
    fn who_is_isolated_hears_nothing_until_it_is_healed() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut before = connect(&proxy);
        before.write_all(b"a").unwrap();
        assert_eq!(hear(&mut before, 1), b"a");
        proxy.isolate();
        let mut meanwhile = connect(&proxy);
        for stream in [&mut before, &mut meanwhile] {
            stream.write_all(b"b").unwrap();
            let short = Some(Duration::from_millis(50));
            stream.set_read_timeout(short).unwrap();
            assert!(stream.read(&mut [0]).is_err(), "neither a byte nor an end");
            stream.set_read_timeout(None).unwrap();
        }
        proxy.heal();
        assert_eq!(rest(&mut before), b"");
        let mut behind = connect(&proxy);
        behind.write_all(b"c").unwrap();
        assert_eq!(hear(&mut behind, 1), b"c");
    }

    #[test]
    fn a_balancer_goes_past_servers_that_are_not_there() {
        let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let nobody = gone.local_addr().unwrap();
        drop(gone);
        let proxy = Proxy::balancing(vec![nobody, echo()]).unwrap();
        for _ in 0..3 {
            let mut stream = connect(&proxy);
            stream.write_all(b"a").unwrap();
            assert_eq!(hear(&mut stream, 1), b"a");
        }
        proxy.refuse();
        assert_eq!(rest(&mut connect(&proxy)), b"");
    }
}
