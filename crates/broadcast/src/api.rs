//! The HTTP API of Pusher, called: signed, over TLS where the URL says so, within seconds, to no other place than asked.

use antiphon_protocol::auth::Credentials;
use antiphon_protocol::signature;
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A whole call, answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next call.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// The most of an answer that is read; ours are a few bytes, but for the members of a channel, of whom there may be thousands.
const MAX_ANSWER_BYTES: usize = 64 << 10;
/// How much of an error's text is kept, in characters.
const MAX_ERROR: usize = 200;

/// Where the server is, and as which app it is called.
#[derive(Clone)]
pub struct ApiEndpoint {
    /// `http://host:port`, plus the server's path prefix if it has one.
    pub base_url: String,
    /// `REVERB_APP_ID`, or Pusher's.
    pub app_id: String,
    /// `REVERB_APP_KEY`, or Pusher's.
    pub key: String,
    /// `REVERB_APP_SECRET`, or Pusher's.
    pub secret: String,
}

impl std::fmt::Debug for ApiEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiEndpoint")
            .field("base_url", &self.base_url)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Nothing answers there, or not in time.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// Something answers, but not as our app: another server, or other credentials; or it does not take what was sent.
    #[error("it answered {status}: {body}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The start of the body.
        body: String,
    },
    /// The system has no certificates to trust, or the URL is none.
    #[error("{0}")]
    Unusable(String),
}

/// Whether a server of our own app runs there: asks for its channels, signed.
pub async fn check_api(endpoint: ApiEndpoint, now: u64) -> Result<(), ApiError> {
    Api::new(endpoint)?
        .call(Method::GET, "channels", String::new(), None, now)
        .await
}

/// A server that is called.
pub(crate) struct Api {
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    pub(crate) endpoint: ApiEndpoint,
}

impl Api {
    /// Reads the system's certificates if the server is reached over TLS.
    pub(crate) fn new(endpoint: ApiEndpoint) -> Result<Self, ApiError> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let unusable = |error: &dyn Error| ApiError::Unusable(chain(error));
        let tls = if endpoint.base_url.starts_with("https:") {
            HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(aws_lc_rs::default_provider())
                .map_err(|error| unusable(&error))?
        } else {
            let provider = Arc::new(aws_lc_rs::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| unusable(&error))?
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            HttpsConnectorBuilder::new().with_tls_config(config)
        };
        let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self { http, endpoint })
    }

    /// Asks for a resource; what is answered.
    pub(crate) async fn get(&self, resource: &str, now: u64) -> Result<Bytes, ApiError> {
        self.request(Method::GET, resource, String::new(), None, now)
            .await
    }

    /// One call. A redirect is a refusal: a signature is for one place. A server that knows idempotency keys does once what came
    /// twice under the same one.
    pub(crate) async fn call(
        &self,
        method: Method,
        resource: &str,
        body: String,
        idempotency_key: Option<&str>,
        now: u64,
    ) -> Result<(), ApiError> {
        self.request(method, resource, body, idempotency_key, now)
            .await
            .map(drop)
    }

    async fn request(
        &self,
        method: Method,
        resource: &str,
        body: String,
        idempotency_key: Option<&str>,
        now: u64,
    ) -> Result<Bytes, ApiError> {
        let path = format!("/apps/{}/{resource}", self.endpoint.app_id);
        let credentials = Credentials::new(&self.endpoint.key, &self.endpoint.secret);
        let query = signature::sign(
            credentials,
            method.as_str(),
            &path,
            &[],
            body.as_bytes(),
            now,
        );
        let url = format!("{}{path}?{query}", self.endpoint.base_url);
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = idempotency_key {
            request = request.header("X-Idempotency-Key", key);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            // The URL carries a signature, which has no place in a log.
            .map_err(|_| ApiError::Unusable("the server's address is no URL".to_owned()))?;
        match tokio::time::timeout(CALL_TIMEOUT, self.exchange(request)).await {
            Ok(answered) => answered,
            Err(_elapsed) => Err(ApiError::Unreachable(format!(
                "none within {CALL_TIMEOUT:?}"
            ))),
        }
    }

    /// The body of a good answer; none of one that is cut short, or larger than anything that is asked for: what was done is done.
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Bytes, ApiError> {
        let unreachable = |error: &dyn Error| ApiError::Unreachable(chain(error));
        let answer = self.http.request(request).await;
        let (head, body) = answer.map_err(|error| unreachable(&error))?.into_parts();
        // Read to its end, so that the connection can be used again.
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        if head.status.is_success() {
            return Ok(body);
        }
        Err(ApiError::Refused {
            status: head.status.as_u16(),
            body: String::from_utf8_lossy(&body)
                .chars()
                .take(MAX_ERROR)
                .collect(),
        })
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Api").field(&self.endpoint).finish()
    }
}

/// An error with what caused it, on one line. None of them names the URL.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.chars().take(MAX_ERROR).collect()
}
