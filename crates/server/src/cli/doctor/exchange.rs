//! One connection to the public address, as a browser makes it: TCP, TLS with the chain checked, a request, the head of the answer.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, RootCertStore};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A step that takes longer has failed: no visitor waits for that.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The largest head of an answer, and how much of its body is looked at.
const MAX_ANSWER: usize = 64 << 10;

/// How long before its end a certificate is worth a warning.
const RENEW_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

/// What is read and written.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open connection.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    /// What was read and not yet used.
    read: Vec<u8>,
    host: String,
    /// Whether the certificate ends soon.
    pub(super) ends_soon: bool,
}

/// The start of an answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// By lower-case name.
    pub(super) headers: HashMap<String, String>,
}

impl Address {
    /// As in a URL.
    pub(super) fn origin(&self) -> String {
        let (scheme, usual) = match self.tls {
            true => ("https", 443),
            false => ("http", 80),
        };
        match self.port == usual {
            true => format!("{scheme}://{}", self.host),
            false => format!("{scheme}://{}:{}", self.host, self.port),
        }
    }
}

impl Connection {
    /// Connects. The error says which step has failed.
    pub(super) async fn open(address: &Address) -> Result<Self, String> {
        let host = address.host.trim_matches(['[', ']']);
        let found = within(tokio::net::lookup_host((host, address.port))).await;
        let found: Vec<_> = found
            .map_err(|error| format!("the name {host} cannot be looked up: {error}"))?
            .collect();
        let tcp = within(TcpStream::connect(&*found))
            .await
            .map_err(|error| format!("nothing answers at {host} port {}: {error}", address.port))?;
        let mut connection = Self {
            stream: Box::new(tcp),
            read: Vec::new(),
            host: match address.origin().split_once("://") {
                Some((_, authority)) => authority.to_owned(),
                None => host.to_owned(),
            },
            ends_soon: false,
        };
        if address.tls {
            connection.secure(host).await?;
        }
        Ok(connection)
    }

    async fn secure(&mut self, host: &str) -> Result<(), String> {
        let roots = Arc::new(roots()?);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let plain = std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        let connector = TlsConnector::from(Arc::new(config));
        let stream = within(connector.connect(name.clone(), plain))
            .await
            .map_err(|error| format!("browsers do not trust it: {error}"))?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        self.ends_soon = ends_within(RENEW_BEFORE, chain, &name, roots, provider);
        self.stream = Box::new(stream);
        Ok(())
    }

    /// Sends the head of a request, and reads that of the answer. `length` announces a body that is never sent.
    pub(super) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: antiphon-doctor\r\n",
            self.host
        );
        for (name, value) in more {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        within(self.stream.write_all(head.as_bytes()))
            .await
            .map_err(|error| format!("the request cannot be sent: {error}"))?;
        loop {
            if let Some((answer, len)) = parse(&self.read)? {
                self.read.drain(..len);
                return Ok(answer);
            }
            if self.read.len() > MAX_ANSWER {
                return Err("the head of the answer does not end".to_owned());
            }
            self.read_more(PATIENCE).await?;
        }
    }

    /// The next frame of a WebSocket: its text, or `None` for one without (a ping, say). An `Err` when there is none in time.
    pub(super) async fn next_frame(&mut self, patience: Duration) -> Result<Frame, String> {
        use antiphon_protocol::ws::{Opcode, client};
        loop {
            if let Some((opcode, payload, len)) = client::read(&self.read) {
                let payload = self.read[payload].to_vec();
                self.read.drain(..len);
                return Ok(match opcode {
                    Opcode::Close => Frame::Close(
                        payload
                            .get(..2)
                            .map(|code| u16::from_be_bytes([code[0], code[1]])),
                        String::from_utf8_lossy(payload.get(2..).unwrap_or_default()).into_owned(),
                    ),
                    _ => Frame::Text(String::from_utf8_lossy(&payload).into_owned()),
                });
            }
            if self.read.len() > MAX_ANSWER {
                return Err("what comes is no frame of a WebSocket".to_owned());
            }
            self.read_more(patience).await?;
        }
    }

    /// Sends a text on a WebSocket.
    pub(super) async fn send_text(&mut self, text: &str) -> Result<(), String> {
        use antiphon_protocol::ws::{Opcode, client};
        let mut frame = Vec::new();
        // The mask is against proxies that misread bytes that somebody chose; these nobody chose.
        client::write(&mut frame, Opcode::Text, text.as_bytes(), [0; 4]);
        within(self.stream.write_all(&frame))
            .await
            .map_err(|error| format!("the connection was cut: {error}"))
    }

    async fn read_more(&mut self, patience: Duration) -> Result<(), String> {
        let mut buffer = [0; 4096];
        let read = tokio::time::timeout(patience, self.stream.read(&mut buffer)).await;
        match read {
            Ok(Ok(0)) => Err("the connection was closed".to_owned()),
            Ok(Ok(len)) => {
                self.read.extend_from_slice(&buffer[..len]);
                Ok(())
            }
            Ok(Err(error)) => Err(format!("the connection was cut: {error}")),
            Err(_) => Err(format!("nothing came for {} seconds", patience.as_secs())),
        }
    }
}

/// What came on a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Text(String),
    Close(Option<u16>, String),
}

async fn within<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, step)
        .await
        .unwrap_or_else(|_| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("not within {} seconds", PATIENCE.as_secs()),
            ))
        })
}

/// The certificates that this machine trusts. A browser's are about the same.
fn roots() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    match added {
        0 => Err("this machine has no certificates to trust: install ca-certificates".to_owned()),
        _ => Ok(roots),
    }
}

/// Whether a chain that is good now will not be in that time.
fn ends_within(
    time: Duration,
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    roots: Arc<RootCertStore>,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> bool {
    let Some((own, others)) = chain.split_first() else {
        return false;
    };
    let then = UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs()) + time);
    WebPkiServerVerifier::builder_with_provider(roots, provider)
        .build()
        .is_ok_and(|verifier| {
            verifier
                .verify_server_cert(own, others, name, &[], then)
                .is_err()
        })
}

/// The head of an answer at the start of what was read, and its length.
fn parse(read: &[u8]) -> Result<Option<(Answer, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 96];
    let mut response = httparse::Response::new(&mut headers);
    let len = match response.parse(read) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("the answer is no HTTP: {error}")),
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = response.headers.iter();
    let answer = Answer {
        status: response.code.unwrap_or_default(),
        headers: headers
            .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
            .collect(),
    };
    Ok(Some((answer, len)))
}
