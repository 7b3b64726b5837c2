//! Visitors who write to Antiphon's chat, each in a conversation of its own: what a message costs that is stored, and then broadcast.
//!
//! Each visitor has a connection that is kept alive and waits for each answer; with `--rate` it also waits until the next message is
//! due, and latency counts from then. What is acknowledged must be stored once: the numbers that a conversation's messages
//! get have no gap, and afterwards the server tells as many.

use crate::clock;
use crate::report::Report;
use crate::statistics::Latencies;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The widget's token, `cbw_…`. The server needs `ANTIPHON_RATE_LIMITS=off`.
    #[arg(long)]
    widget: String,
    /// Visitors.
    #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    visitors: u16,
    /// Messages of each, after a tenth as many that are not measured.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    messages: u32,
    /// Messages per second of all visitors together. Without it each writes as soon as it has an answer.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// Characters of a message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=5000))]
    characters: u16,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    let mut report = Report::new("posting");
    let mut visitors = (0..options.visitors.into())
        .map(|number| Visitor::begin(target.address(number), &options.widget, number))
        .collect::<Result<Vec<_>>>()?;
    let visitor_count = visitors.len() as u32;
    let interval = options
        .rate
        .map(|rate| Duration::from_secs(1) * visitor_count / rate);
    write_all(
        &mut visitors,
        options.messages.div_ceil(10),
        interval,
        options,
    )?;

    let before = Usage::of(&target.pids)?;
    let start = clock::now();
    let mut latencies = write_all(&mut visitors, options.messages, interval, options)?;
    let wall = start.elapsed();
    let after = Usage::of(&target.pids)?;
    for visitor in &mut visitors {
        if let Err(wrong) = visitor.check() {
            report.fail(format!("{wrong:#}"));
        }
    }

    let messages = visitors.len() * options.messages as usize;
    report.add("visitors", visitors.len() as f64, "");
    report.add("messages", messages as f64, "");
    if let Some(rate) = options.rate {
        report.add("messages per second, intended", rate.into(), "/s");
    }
    let rate = messages as f64 / wall.as_secs_f64();
    report.add("messages per second", rate.round(), "/s");
    let [p50, p90, p99, max] = latencies.percentiles_ms([50.0, 90.0, 99.0, 100.0]);
    report.add("latency p50", p50, "ms");
    report.add("latency p90", p90, "ms");
    report.add("latency p99", p99, "ms");
    report.add("latency max", max, "ms");
    if !target.pids.is_empty() {
        let cpu = after.cpu_us_each(before, messages);
        report.add("server: CPU per message", cpu, "us");
        let memory = after.memory_kib_each(Usage::default(), 1024);
        report.add("server: memory", memory, "MiB");
    }
    Ok(report)
}

/// Has every visitor write so many messages at once.
fn write_all(
    visitors: &mut [Visitor],
    messages: u32,
    interval: Option<Duration>,
    options: &Options,
) -> Result<Latencies> {
    let count = visitors.len() as u32;
    let text = "x".repeat(options.characters.into());
    let (start, text) = (clock::now(), text.as_str());
    thread::scope(|scope| {
        let writing: Vec<_> = (0..)
            .zip(visitors)
            .map(|(number, visitor)| {
                // Not all in the same moment.
                let first = start + interval.unwrap_or_default() * number / count;
                scope.spawn(move || {
                    let mut latencies = Latencies::default();
                    for message in 0..messages {
                        let due = interval.map(|interval| first + interval * message);
                        if let Some(due) = due {
                            clock::pause(due.saturating_duration_since(clock::now()));
                        }
                        let begun = due.unwrap_or_else(clock::now);
                        visitor.write(text)?;
                        latencies.add(begun.elapsed());
                    }
                    anyhow::Ok(latencies)
                })
            })
            .collect();
        let mut all = Latencies::default();
        for one in writing {
            let latencies = one.join().ok().context("a visitor's thread panicked")?;
            all.append(latencies?);
        }
        Ok(all)
    })
}

/// One visitor, in its conversation.
struct Visitor {
    connection: BufReader<TcpStream>,
    host: SocketAddr,
    token: String,
    conversation: i64,
    number: usize,
    last_seq: i64,
}

impl Visitor {
    fn begin(host: SocketAddr, widget: &str, number: usize) -> Result<Self> {
        let stream = TcpStream::connect(host);
        let stream = stream.with_context(|| format!("cannot connect to {host}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut visitor = Self {
            connection: BufReader::new(stream),
            host,
            token: widget.to_owned(),
            conversation: 0,
            number,
            last_seq: 0,
        };
        let begun = visitor.ask("POST", "/api/chatbot/init", Some(&json!({})))?;
        let token = begun["visitor_token"].as_str();
        token
            .context("no visitor_token")?
            .clone_into(&mut visitor.token);
        let conversation = begun["conversation_id"].as_i64();
        visitor.conversation = conversation.context("no conversation_id")?;
        visitor.last_seq = begun["last_seq"].as_i64().context("no last_seq")?;
        Ok(visitor)
    }

    /// Posts a message, which must be the next one of the conversation.
    fn write(&mut self, text: &str) -> Result<()> {
        let expected = self.last_seq + 1;
        let body = json!({
            "conversation_id": self.conversation,
            "message": text,
            "client_id": format!("{:08x}-0000-4000-8000-{expected:012x}", self.number),
        });
        let posted = self.ask("POST", "/api/chatbot/message", Some(&body))?;
        let seq = posted["seq"].as_i64().context("no seq")?;
        ensure!(seq == expected, "message {expected} was stored as {seq}");
        self.last_seq = seq;
        Ok(())
    }

    /// Whether the server knows what it has acknowledged, and no more.
    fn check(&mut self) -> Result<()> {
        let path = format!("/api/chatbot/conversation/{}?limit=1", self.conversation);
        let stored = self.ask("GET", &path, None)?["last_seq"].as_i64();
        ensure!(
            stored == Some(self.last_seq),
            "conversation {}: {} messages were acknowledged, {stored:?} are stored",
            self.conversation,
            self.last_seq
        );
        Ok(())
    }

    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            self.token,
            body.len()
        );
        self.connection.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (String::new(), 0);
        self.connection.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            let read = self.connection.read_line(&mut line)?;
            ensure!(read > 0, "the server broke off");
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.connection.read_exact(&mut answer)?;
        ensure!(
            status.starts_with("HTTP/1.1 2"),
            "{method} {path} was answered {status}{}",
            String::from_utf8_lossy(&answer)
        );
        Ok(serde_json::from_slice(&answer)?)
    }
}
