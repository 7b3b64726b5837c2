//! New connections: accepting them, and what their first request makes of them.

use super::conn::{Conn, Input, Phase};
use super::departure::Departure;
use super::transport::{self, Transport};
use super::{FIRST_SPECIAL, Shard, token_of};
use crate::address::{client_address, client_spoke_tls};
use crate::address_counts::CountedAddress;
use crate::app_table::AppIndex;
use crate::handoff::{HandedOver, HandoffGuard};
use crate::metrics::DropReason;
use crate::origin;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::ws::handshake::{self, Head, Upgrade};
use antiphon_protocol::{Code, SocketId};
use bytes::Bytes;
use mio::Interest;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The versions of the Pusher protocol that are spoken. Versions 6 and 7 changed nothing that a version 5 client would stumble over.
const VERSIONS: std::ops::RangeInclusive<u32> = 5..=7;

/// How many sockets beyond the limit, as a part of it and at most, are let in to be told so. Above that they are dropped unheard.
const OVERFLOW_PART: usize = 8;
const MAX_OVERFLOW: usize = 1000;

/// An address has as many sockets as it may have.
struct Full;

/// What became of the bytes that a connection began with.
pub(super) enum Begun {
    /// They are not a whole request yet.
    Waiting,
    /// An answer is in `out`; so many bytes belonged to the request.
    Answered(usize),
    /// The connection belongs to HTTP now.
    HandedOver,
}

impl Shard {
    /// Takes all connections that wait. After an error, say for lack of descriptors, no new event may come: the sweep tries again.
    pub(super) fn accept(&mut self) {
        for index in 0..self.listeners.len() {
            loop {
                match self.listeners[index].accept() {
                    Ok((io, peer)) => {
                        self.cannot_accept = false;
                        self.admit(transport::tcp(io), peer.ip());
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        // Said once, not for each connection that is turned away until it is over.
                        if !std::mem::replace(&mut self.cannot_accept, true) {
                            tracing::warn!(shard = self.index, %error, "cannot accept connections for the moment");
                        }
                        break;
                    }
                }
            }
        }
    }

    pub(super) fn admit(&mut self, mut io: Transport, peer: IpAddr) {
        let max = self.hub.0.max_sockets();
        let full =
            self.hub.socket_count() > max.saturating_add((max / OVERFLOW_PART).min(MAX_OVERFLOW));
        // One address that opens sockets and says nothing must not take all places. It is not told: there is no protocol yet.
        let Ok(address) = self.count_other_socket(peer) else {
            return;
        };
        // Without randomness there are no socket ids, and without those no connections.
        let Ok(random) = getrandom::u64() else { return };
        // Small frames must not wait for acknowledgements. A socket for which it fails is dead already, as reading will show.
        let _ = io.set_nodelay(true);
        let entry = self.conns.vacant_entry();
        let slot = entry.key();
        if full || slot >= FIRST_SPECIAL as usize {
            return;
        }
        self.generation = self.generation.wrapping_add(1).max(1);
        let token = token_of(slot, self.generation);
        if self
            .poll
            .registry()
            .register(&mut io, token, Interest::READABLE | Interest::WRITABLE)
            .is_ok()
        {
            self.hub.0.sockets.fetch_add(1, Ordering::Relaxed);
            let mut conn = Conn::new(io, self.generation, SocketId::from_random(random), self.now);
            conn.address = address;
            entry.insert(conn);
        }
    }

    /// Counts a socket that is no WebSocket yet for its address, if addresses are limited. A trusted proxy has no limit: until a
    /// request has come it is not known for whom it opened the socket.
    fn count_other_socket(&self, peer: IpAddr) -> Result<Option<Box<CountedAddress>>, Full> {
        let limits = self.limits();
        let Some(max) = limits.max_connections_per_address else {
            return Ok(None);
        };
        let address = peer.to_canonical();
        if limits
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&address))
        {
            return Ok(None);
        }
        let counted = self.hub.0.other_sockets.admit(address, max).ok_or(Full)?;
        Ok(Some(Box::new(counted)))
    }

    /// Looks at what a connection began with. `fresh` is how many of the bytes, at the end, have not been looked at before.
    pub(super) fn begin(&mut self, slot: usize, bytes: &[u8], fresh: usize) -> Begun {
        let overlong = bytes.len() >= self.limits().head_bytes;
        // A head is read from its start each time, so one that trickles in is only read when an end has come into sight.
        if fresh < bytes.len()
            && !overlong
            && !has_head_end(&bytes[(bytes.len() - fresh).saturating_sub(3)..])
        {
            return Begun::Waiting;
        }
        match Head::parse(bytes) {
            Head::Partial if !overlong => Begun::Waiting,
            Head::Upgrade(upgrade) => match self.hub.0.apps.key_in_path(upgrade.path) {
                Some(key) => {
                    self.upgrade(slot, key, &upgrade);
                    Begun::Answered(upgrade.len)
                }
                None => self.hand_over(slot, bytes),
            },
            Head::Partial | Head::Other => self.hand_over(slot, bytes),
        }
    }

    /// Answers a request for a WebSocket of the application with this key.
    fn upgrade(&mut self, slot: usize, key: &str, upgrade: &Upgrade<'_>) {
        match &upgrade.accept {
            Ok(accept) => {
                let app = self.hub.0.apps.by_key(key);
                let compresses = app.is_some_and(|app| self.app(app).compression);
                let deflate = upgrade.deflate.filter(|_| compresses);
                self.conns[slot].deflates = deflate.is_some();
                handshake::write_accepted(&mut self.out, accept, deflate);
            }
            Err(error) => {
                handshake::write_refused(&mut self.out, *error);
                self.begin_closing(slot, Departure::Left);
                return;
            }
        }
        match self.welcome(slot, key, upgrade) {
            Ok(app) => {
                self.tap_upgrade(slot, key, upgrade, Ok(app));
                let conn = &mut self.conns[slot];
                conn.phase = Phase::Open;
                conn.heard(self.now);
                let established = ServerEvent::ConnectionEstablished {
                    socket_id: conn.socket_id,
                    activity_timeout_s: self.app(app).activity_timeout_s.max(1),
                };
                self.reply(&established);
            }
            Err((code, message)) => {
                self.tap_upgrade(slot, key, upgrade, Err((code, &message)));
                let app = self.hub.0.apps.by_key(key);
                if let (Some(app), Code::OverCapacity | Code::AppOverQuota) = (app, code) {
                    self.counts(app).dropped(DropReason::ConnectionLimit);
                }
                self.fail(slot, code, &message);
            }
        }
    }

    /// Checks whether a connection may be, and counts it where it may.
    fn welcome(
        &mut self,
        slot: usize,
        key: &str,
        upgrade: &Upgrade<'_>,
    ) -> Result<AppIndex, (Code, String)> {
        let shared = Arc::clone(&self.hub.0);
        let refuse = |code: Code| (code, code.message().to_owned());
        let index = shared
            .apps
            .by_key(key)
            .ok_or_else(|| refuse(Code::AppNotFound))?;
        let app = shared.app(index);
        if !app.enabled {
            return Err(refuse(Code::AppDisabled));
        }
        if app.tls_only && !self.came_over_tls(slot, upgrade.forwarded_proto) {
            return Err(refuse(Code::TlsOnly));
        }
        check_version(upgrade.query)?;
        if !origin::admits(&app.allowed_origins, upgrade.origin) {
            return Err((Code::Unauthorized, "Origin not allowed".to_owned()));
        }
        if shared.sockets.load(Ordering::Relaxed) > shared.max_sockets() {
            return Err(refuse(Code::OverCapacity));
        }
        let address = match shared.limits.max_connections_per_address {
            Some(max) => {
                let address = self
                    .address_of(slot, &upgrade.forwarded_for)
                    .ok_or_else(|| refuse(Code::OverCapacity))?;
                let counted = shared.addresses.admit(address, max).ok_or_else(|| {
                    let message =
                        format!("Too many connections from this address: the most is {max}");
                    (Code::OverCapacity, message)
                })?;
                Some(Box::new(counted))
            }
            None => None,
        };
        let state = shared.apps.state(index);
        let elsewhere = state.connections_elsewhere.load(Ordering::Relaxed);
        let before = state.connections.fetch_add(1, Ordering::Relaxed);
        let conn = &mut self.conns[slot];
        // From here on closing the connection takes it out of the counts again.
        conn.address = address;
        conn.app = Some(index);
        if app
            .max_connections
            .is_some_and(|max| before + elsewhere >= max)
        {
            return Err(refuse(Code::AppOverQuota));
        }
        Ok(index)
    }

    pub(super) fn address_of(&self, slot: usize, forwarded_for: &[&str]) -> Option<IpAddr> {
        let peer = self.conns[slot].io.peer_addr().ok()?;
        Some(client_address(
            peer.ip(),
            forwarded_for,
            &self.limits().trusted_proxies,
        ))
    }

    /// Whether a trusted proxy says that the client speaks TLS with it.
    fn came_over_tls(&self, slot: usize, forwarded_proto: Option<&str>) -> bool {
        let peer = self.conns[slot].io.peer_addr();
        peer.is_ok_and(|peer| {
            client_spoke_tls(peer.ip(), forwarded_proto, &self.limits().trusted_proxies)
        })
    }

    /// Gives a connection with all that was read from it to HTTP.
    fn hand_over(&mut self, slot: usize, bytes: &[u8]) -> Begun {
        let address = self.conns[slot].address.take();
        let Some(mut io) = self.remove_conn(slot) else {
            return Begun::HandedOver;
        };
        // A socket that cannot be taken out of the epoll set, or has no peer, is dead.
        if let (Ok(()), Ok(peer)) = (self.poll.registry().deregister(&mut io), io.peer_addr()) {
            let counters = vec![
                Arc::clone(&self.hub.0.sockets),
                Arc::clone(&self.handed_over),
            ];
            self.http.take(HandedOver {
                stream: io.into(),
                read_ahead: Bytes::copy_from_slice(bytes),
                peer,
                stopping: self.control.stopping.clone(),
                guard: HandoffGuard::new(counters, address),
            });
        }
        Begun::HandedOver
    }

    /// Keeps bytes of an incomplete head or frame until more come.
    pub(super) fn keep_input(&mut self, slot: usize, input: Option<Box<Input>>) {
        if let Some(conn) = self.conns.get_mut(slot) {
            conn.input = input.filter(|input| !input.raw.is_empty() || !input.assembler.is_idle());
        }
    }
}

/// Whether the end of a head may be in here: two line ends in a row.
fn has_head_end(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

/// Checks the `protocol` of a query.
fn check_version(query: &str) -> Result<(), (Code, String)> {
    let refuse = |code: Code| Err((code, code.message().to_owned()));
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("protocol="));
    match values.next().map(str::parse::<u32>) {
        None => refuse(Code::NoVersion),
        Some(Err(_)) => refuse(Code::BadVersion),
        Some(Ok(version)) if VERSIONS.contains(&version) => Ok(()),
        Some(Ok(version)) => Err((
            Code::UnsupportedVersion,
            format!(
                "Unsupported protocol version {version}: this server speaks {} to {}",
                VERSIONS.start(),
                VERSIONS.end()
            ),
        )),
    }
}
