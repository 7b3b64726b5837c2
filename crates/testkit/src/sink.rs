//! A backend that webhooks are sent to: an HTTP server that keeps what it gets, and answers as the test wants it.

use crate::clock::PATIENCE;
use parking_lot::Mutex;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Listens on a port of its own until the test ends.
#[derive(Debug)]
pub struct WebhookSink {
    scheme: &'static str,
    address: SocketAddr,
    received: Receiver<Webhook>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Method, path and query.
    pub line: String,
    /// Names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// As it came; what is no text is replaced.
    pub body: String,
}

impl WebhookSink {
    /// Over plain HTTP.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Over TLS, with a certificate for `localhost` that [`WebhookSink::authority`] has signed.
    pub fn start_with_tls() -> Self {
        let file = |name: &str| certificates().join(name);
        let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::with(Some(Arc::new(config)))
    }

    /// The file with the certificate of the authority.
    pub fn authority() -> PathBuf {
        certificates().join("authority.pem")
    }

    fn with(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (keep, received) = channel();
        let answers = Arc::new(Mutex::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let answers_there = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (keep, answers) = (keep.clone(), Arc::clone(&answers_there));
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(stream, &keep, &answers),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, stream), &keep, &answers);
                    }
                });
            }
        });
        Self {
            scheme,
            address,
            received,
            answers,
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL of it, by the name `localhost`.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}/hook", self.scheme, self.address.port())
    }

    /// Answers the next requests with these statuses, and further ones with 200 again.
    pub fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.answers.lock().extend(statuses);
    }

    /// The next request.
    ///
    /// # Panics
    /// There is none in time.
    #[track_caller]
    pub fn next(&self) -> Webhook {
        match self.received.recv_timeout(PATIENCE) {
            Ok(webhook) => webhook,
            Err(error) => panic!("there is no webhook: {error}"),
        }
    }

    /// The next events, of as many requests as it takes.
    ///
    /// # Panics
    /// There are less, or more.
    #[track_caller]
    pub fn next_events(&self, n: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < n {
            events.extend(self.next().events());
        }
        assert_eq!(events.len(), n, "{events:#?}");
        events
    }

    /// The requests that come within this time.
    pub fn within(&self, time: Duration) -> Vec<Webhook> {
        let deadline = crate::clock::Deadline::after(time);
        let mut webhooks = Vec::new();
        loop {
            match self.received.recv_timeout(deadline.left()) {
                Ok(webhook) => webhooks.push(webhook),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return webhooks,
            }
        }
    }
}

impl Webhook {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    }

    /// The events in it.
    ///
    /// # Panics
    /// The body is none of a webhook.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert!(body["time_ms"].is_u64(), "{body}");
        body["events"].as_array().unwrap().clone()
    }
}

fn certificates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("certificates")
}

/// Takes requests of one connection, until it ends or makes no sense.
fn serve(stream: impl Read + Write, keep: &Sender<Webhook>, answers: &Mutex<VecDeque<u16>>) {
    let mut stream = BufReader::new(stream);
    while let Some(webhook) = read(&mut stream) {
        let status = answers.lock().pop_front().unwrap_or(200);
        let kept = keep.send(webhook).is_ok();
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 2\r\n\r\nok");
        if !kept || stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(stream: &mut impl std::io::BufRead) -> Option<Webhook> {
    let mut next_line = || {
        let mut line = String::new();
        let n = stream.read_line(&mut line).ok()?;
        (n > 0).then(|| line.trim_end().to_owned())
    };
    let line = next_line()?;
    let mut headers = Vec::new();
    loop {
        let header = next_line()?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?;
    let mut body = vec![0; length.1.parse().ok()?];
    stream.read_exact(&mut body).ok()?;
    Some(Webhook {
        line,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
