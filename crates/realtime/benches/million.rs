//! What a million connected and subscribed sockets cost in one process, with a transport that is only pretended.
//!
//! `cargo bench -p antiphon-realtime --features simulation --bench million -- [SOCKETS]`
//!
//! Everything but the transport is the product's: handshake, signature check, slab, channels, registry, metrics, sweep, delivery.
//! Three sockets share a private channel. What the kernel needs for a socket is not in the figures; there are no sockets.
//! Ends with an error if a socket misses an event, or is not counted.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use antiphon_protocol::auth::{self, Credentials};
use antiphon_protocol::ws::{Opcode, client};
use antiphon_protocol::{ChannelName, SocketId};
use antiphon_realtime::{App, Apps, Hub, Limits, Publication, SimulatedSocket, Simulation};
use std::error::Error;
use std::fs;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SOCKETS: usize = 1_000_000;
const SOCKETS_PER_CHANNEL: usize = 3;
/// Rounds in which everybody leaves and comes back.
const ROUNDS: usize = 10;
/// Events to every channel in a burst, each of about 250 bytes.
const BURST: usize = 10;
const DATA: &str = match std::str::from_utf8(&[b'x'; 200]) {
    Ok(text) => text,
    Err(_) => "",
};
/// Sweeps whose mean counts.
const SWEEPS: u32 = 10;

const CREDENTIALS: Credentials<'_> = Credentials {
    key: "key",
    secret: "secret",
    previous_secret: None,
};
const REQUEST: &[u8] = b"GET /app/key?protocol=7&client=js&version=8.4.0&flash=false HTTP/1.1\r\nHost: localhost\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn main() -> Outcome<()> {
    // `cargo bench` adds arguments of its own, which begin with a dash.
    let count = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let sockets = count.map_or(Ok(SOCKETS), |count| count.parse())?;
    let mut app = App::new("bench", CREDENTIALS.key, CREDENTIALS.secret);
    app.client_events = true;
    let hub = Hub::new(Apps::new([app])?, Limits::default(), 1)?;
    let mut simulation = Simulation::new(&hub)?;
    // Filled once before the first look, so that the list is not counted as the engine's.
    let mut all = vec![simulation.connect().ok_or("no room")?; sockets];
    simulation.hang_up(all[0]);
    all.clear();

    let empty = memory_kib()?;
    println!("{sockets} sockets, {SOCKETS_PER_CHANNEL} to a private channel");
    for round in 1..=ROUNDS {
        let start = cpu()?;
        join_all(&mut simulation, &mut all, sockets)?;
        let joining = cpu()? - start;
        let full = memory_kib()?;
        println!("round {round}");
        show("connected and subscribed", full - empty, sockets);
        println!(
            "  {:<34} {:>9.2} us each",
            "CPU of that",
            micros(joining, sockets)
        );
        check(hub.connection_count("bench"), sockets, "connections")?;
        if round == 1 {
            let start = cpu()?;
            (0..SWEEPS).for_each(|_| simulation.sweep());
            let sweep = (cpu()? - start) / SWEEPS;
            let share = sweep.as_secs_f64() * 1e3 / f64::from(Limits::default().sweep_ms) * 100.0;
            let share = share * 1e5 / sockets as f64;
            println!(
                "  {:<34} {:>9.4} % of a core",
                "idle, each 100,000 sockets", share
            );
        }
        burst(&hub, &mut simulation, sockets)?;
        show("after a burst of ten", memory_kib()? - empty, sockets);
        for socket in all.drain(..) {
            simulation.hang_up(socket);
        }
        check(hub.socket_count(), 0, "sockets")?;
        show("after all have left", memory_kib()? - empty, sockets);
    }
    Ok(())
}

fn join_all(
    simulation: &mut Simulation,
    all: &mut Vec<SimulatedSocket>,
    sockets: usize,
) -> Outcome<()> {
    let (mut answer, mut frame) = (Vec::new(), Vec::new());
    for number in 0..sockets {
        let socket = simulation.connect().ok_or("no room")?;
        answer.clear();
        simulation.say(socket, REQUEST, &mut answer);
        let socket_id = socket_id_in(&answer).ok_or("no socket id in the greeting")?;
        let channel = format!("private-conversation-{}", number / SOCKETS_PER_CHANNEL);
        let auth = auth::sign_channel(CREDENTIALS, socket_id, &channel, None);
        let subscribe = format!(
            r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}","auth":"{auth}"}}}}"#
        );
        frame.clear();
        client::write(&mut frame, Opcode::Text, subscribe.as_bytes(), [7, 1, 4, 9]);
        answer.clear();
        simulation.say(socket, &frame, &mut answer);
        if !contains(&answer, b"pusher_internal:subscription_succeeded") {
            return Err(String::from_utf8_lossy(&answer).into());
        }
        all.push(socket);
    }
    Ok(())
}

/// Ten events to every channel, each socket in one write, since all ten are there when its turn comes.
fn burst(hub: &Hub, simulation: &mut Simulation, sockets: usize) -> Outcome<()> {
    let app = hub.app("bench").ok_or("no app")?;
    let before = simulation.written();
    let start = cpu()?;
    for number in 0..sockets.div_ceil(SOCKETS_PER_CHANNEL) {
        let channels = [ChannelName::parse(&format!(
            "private-conversation-{number}"
        ))?];
        for _ in 0..BURST {
            let event = Publication {
                channels: &channels,
                event: "message",
                data: DATA,
                except: None,
                once: None,
            };
            hub.publish(&app, event);
        }
        simulation.deliver();
    }
    let each = micros(cpu()? - start, sockets * BURST);
    println!(
        "  {:<34} {each:>9.2} us each",
        "burst: CPU of a delivery, no I/O"
    );
    let after = simulation.written();
    check(
        usize::try_from(after.writes - before.writes)?,
        sockets,
        "writes in the burst",
    )
}

fn socket_id_in(answer: &[u8]) -> Option<SocketId> {
    // The frame around it is no text.
    let text = String::from_utf8_lossy(answer);
    let (_, rest) = text.split_once(r#"socket_id\":\""#)?;
    rest.split_once('\\')?.0.parse().ok()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn check(found: usize, expected: usize, what: &str) -> Outcome<()> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("there are {found} {what}, not {expected}").into()),
    }
}

fn micros(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

fn show(what: &str, kib: i64, sockets: usize) {
    let (mib, each) = (kib as f64 / 1024.0, kib as f64 / sockets as f64);
    println!("  {what:<34} {mib:>9.1} MiB {each:>8.3} KiB each");
}

/// Processor time of this thread, which others on the same cores do not lengthen. Exact to a tick of the scheduler.
fn cpu() -> Outcome<Duration> {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = schedstat.split_whitespace().next().ok_or("no schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

/// `RssAnon` of this process.
fn memory_kib() -> Outcome<i64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no RssAnon")?.parse()?)
}
