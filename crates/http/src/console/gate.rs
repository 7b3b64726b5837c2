//! A password instead of accounts, for a process that has no database: sessions in memory, attempts limited.

use crate::error::ApiError;
use crate::rate_limit::{Action, RateLimits};
use antiphon_chat::Random;
use axum::http::{HeaderMap, StatusCode, header};
use ipnet::IpNet;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

/// How long a session lasts: a working day.
const SESSION: Duration = Duration::from_secs(12 * 3600);
/// Sessions at once. A further one ends the oldest.
const MAX_SESSIONS: usize = 64;
/// Random bytes of a session's token.
const TOKEN_BYTES: usize = 32;
/// The cookie's name, before the port: cookies do not tell ports apart, and a machine may have several servers.
const COOKIE: &str = "antiphon_console";

type Hash = [u8; 32];

/// Lets in whoever knows the password.
#[derive(Debug)]
pub struct PasswordGate {
    password: Hash,
    /// The hash of each session's token, and when it began. The oldest is first.
    sessions: Mutex<Vec<(Hash, Instant)>>,
    limits: RateLimits,
    random: Arc<dyn Random>,
    pub(super) trusted_proxies: Vec<IpNet>,
}

impl PasswordGate {
    /// A gate with this password. `rate_limits`: whether attempts are limited, `ANTIPHON_RATE_LIMITS`.
    pub fn new(
        password: &str,
        random: Arc<dyn Random>,
        trusted_proxies: Vec<IpNet>,
        rate_limits: bool,
    ) -> Self {
        Self {
            password: hash(password),
            sessions: Mutex::default(),
            limits: RateLimits::new(rate_limits),
            random,
            trusted_proxies,
        }
    }

    /// Begins a session, and gives the cookie that keeps it.
    pub(super) fn log_in(
        &self,
        password: &str,
        address: IpAddr,
        headers: &HeaderMap,
    ) -> Result<String, ApiError> {
        self.limits.check_address(Action::LogIn, address)?;
        // Hashes are compared, so that neither length nor content shows in the time that it takes.
        if !bool::from(hash(password).ct_eq(&self.password)) {
            return Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                "The password is wrong",
            ));
        }
        let mut bytes = [0; TOKEN_BYTES];
        self.random
            .fill(&mut bytes)
            .map_err(|_| ApiError::unavailable("No session can begin: there is no randomness"))?;
        let token = bytes.iter().fold(String::new(), |mut token, byte| {
            let _ = write!(token, "{byte:02x}");
            token
        });
        let mut sessions = self.sessions.lock();
        if sessions.len() >= MAX_SESSIONS {
            sessions.remove(0);
        }
        sessions.push((hash(&token), Instant::now()));
        Ok(cookie(&token, SESSION.as_secs(), headers))
    }

    /// Ends the session of the request, and gives the cookie that forgets it.
    pub(super) fn log_out(&self, headers: &HeaderMap) -> String {
        if let Some(token) = token(headers) {
            let token = hash(token);
            self.sessions.lock().retain(|(known, _)| *known != token);
        }
        cookie("", 0, headers)
    }

    /// Whether the request belongs to a session.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(token) = token(headers) else {
            return false;
        };
        let token = hash(token);
        let mut sessions = self.sessions.lock();
        sessions.retain(|(_, began)| began.elapsed() < SESSION);
        sessions.iter().any(|(known, _)| *known == token)
    }
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// `SameSite=Strict`: no other site's page can make a request with it. `Secure` if the page that logs in came over https.
fn cookie(token: &str, max_age_seconds: u64, headers: &HeaderMap) -> String {
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let secure = match origin.is_some_and(|origin| origin.starts_with("https://")) {
        true => "; Secure",
        false => "",
    };
    format!(
        "{}={token}; Path=/console; Max-Age={max_age_seconds}; HttpOnly; SameSite=Strict{secure}",
        cookie_name(headers)
    )
}

fn cookie_name(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let port = host.and_then(|host| host.rsplit_once(':')?.1.parse::<u16>().ok());
    port.map_or_else(|| COOKIE.to_owned(), |port| format!("{COOKIE}_{port}"))
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let name = cookie_name(headers);
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, token)| (found == name).then_some(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_chat::RandomUnavailable;
    use axum::http::HeaderValue;
    use std::sync::atomic::{AtomicU8, Ordering};

    #[derive(Debug, Default)]
    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    const PASSWORD: &str = "correct horse battery";

    fn gate(rate_limits: bool) -> PasswordGate {
        PasswordGate::new(
            PASSWORD,
            Arc::new(Counting::default()),
            Vec::new(),
            rate_limits,
        )
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            let name = header::HeaderName::from_static(name);
            (name, HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn address() -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }

    fn logged_in(gate: &PasswordGate) -> HeaderMap {
        let cookie = gate.log_in(PASSWORD, address(), &HeaderMap::new()).unwrap();
        headers(&[("cookie", cookie.split(';').next().unwrap())])
    }

    #[test]
    fn the_password_opens_and_nothing_else_does() {
        let gate = gate(false);
        for wrong in [
            "",
            "correct horse",
            "correct horse battery ",
            "CORRECT HORSE BATTERY",
        ] {
            let refused = gate.log_in(wrong, address(), &HeaderMap::new());
            assert_eq!(refused.unwrap_err().status(), StatusCode::UNAUTHORIZED);
        }
        assert!(!gate.admits(&HeaderMap::new()));
        assert!(!gate.admits(&headers(&[("cookie", "antiphon_console=")])));
        let session = logged_in(&gate);
        assert!(gate.admits(&session));
        assert!(gate.log_out(&session).contains("Max-Age=0"));
        assert!(!gate.admits(&session));
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_by_itself() {
        let gate = gate(false);
        let session = logged_in(&gate);
        tokio::time::advance(SESSION - Duration::from_secs(1)).await;
        assert!(gate.admits(&session));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!gate.admits(&session));
    }

    #[test]
    fn the_number_of_sessions_is_bounded() {
        let gate = gate(false);
        let first = logged_in(&gate);
        let second = logged_in(&gate);
        for _ in 0..MAX_SESSIONS - 1 {
            logged_in(&gate);
        }
        assert!(!gate.admits(&first));
        assert!(gate.admits(&second));
        assert_eq!(gate.sessions.lock().len(), MAX_SESSIONS);
    }

    #[test]
    fn a_loop_of_attempts_is_stopped() {
        let gate = gate(true);
        let statuses: Vec<_> = (0..12)
            .map(|_| {
                gate.log_in("wrong", address(), &HeaderMap::new())
                    .unwrap_err()
                    .status()
            })
            .collect();
        assert_eq!(statuses[0], StatusCode::UNAUTHORIZED);
        assert_eq!(statuses[11], StatusCode::TOO_MANY_REQUESTS);
    }

    #[test]
    fn the_cookie_is_for_this_server_alone_and_secure_where_the_page_is() {
        let of = |pairs: &[(&'static str, &str)]| cookie("t", 1, &headers(pairs));
        assert_eq!(
            of(&[
                ("host", "localhost:8080"),
                ("origin", "http://localhost:8080")
            ]),
            "antiphon_console_8080=t; Path=/console; Max-Age=1; HttpOnly; SameSite=Strict"
        );
        let secure = of(&[
            ("host", "ws.example.com"),
            ("origin", "https://ws.example.com"),
        ]);
        assert!(secure.starts_with("antiphon_console=t;") && secure.ends_with("; Secure"));
    }
}
