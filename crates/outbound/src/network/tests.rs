//! Over real sockets of this machine.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

fn post(url: &str, allow_private: bool) -> Post {
    Post {
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: "{}".into(),
        allow_private,
    }
}

/// The status of the answer.
async fn status(network: &Network, post: Post) -> Result<u16, PostError> {
    Ok(network.exchange(post, 0).await?.status)
}

/// A server that answers each request with these bytes, and how many connections it has had.
fn server(answer: &'static [u8]) -> (String, Arc<AtomicUsize>, Receiver<String>) {
    serve(move |stream| stream.write_all(answer).is_ok())
}

/// A server that does this for each request, for as long as it is true.
fn serve(
    answer: impl Fn(&mut TcpStream) -> bool + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let (tell, requests) = channel();
    let count = Arc::clone(&connections);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut chunk) {
                request.extend_from_slice(&chunk[..n]);
                if request.ends_with(b"\r\n\r\n{}") {
                    let text = String::from_utf8_lossy(&request).into_owned();
                    request.clear();
                    if tell.send(text).is_err() || !answer(&mut stream) {
                        break;
                    }
                }
            }
        }
    });
    (url, connections, requests)
}

#[test]
fn addresses_are_told_from_names() {
    for (text, address) in [
        ("http://127.0.0.1:8000/", Some("127.0.0.1")),
        ("http://[::ffff:127.0.0.1]/", Some("::ffff:127.0.0.1")),
        ("http://localhost/", None),
        // The system's resolver takes it for 127.0.0.1, and its answer is looked at.
        ("http://2130706433/", None),
    ] {
        let expected = address.map(|address| address.parse().unwrap());
        assert_eq!(literal_address(&text.parse().unwrap()), expected, "{text}");
    }
}

#[test]
fn an_address_that_is_not_public_is_seen_in_its_text() {
    for url in [
        "https://push.example/x",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]:8443/",
    ] {
        assert!(may_be_public(url), "{url}");
    }
    for url in [
        "https://127.0.0.1/",
        "https://10.0.0.1:9/x",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://LOCALHOST/",
        "/no/host",
        "https://a b/",
    ] {
        assert!(!may_be_public(url), "{url}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_public() {
    let (url, connections, _requests) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let port = url.rsplit_once(':').unwrap().1;
    let network = Network::default();
    for host in [
        "127.0.0.1",
        "127.0.0.2",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "localhost",
        "LOCALHOST",
        "127.1",
        "2130706433",
        "0x7f000001",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        let post = post(&format!("http://{host}:{port}"), false);
        let answer = status(&network, post).await;
        assert_eq!(answer, Err(PostError::NotPublic), "{host}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    assert_eq!(status(&network, post(&url, true)).await, Ok(200));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (elsewhere, connections, _requests) =
        server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let answer = format!("HTTP/1.1 307 x\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
    let (url, _, _requests) = server(answer.leak().as_bytes());
    assert_eq!(status(&Network::default(), post(&url, true)).await, Ok(307));
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (url, connections, requests) = server(b"HTTP/1.1 204 x\r\n\r\n");
    let network = Network::default();
    for _ in 0..5 {
        assert_eq!(status(&network, post(&url, true)).await, Ok(204));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let request = requests.recv().unwrap().to_ascii_lowercase();
    assert!(request.starts_with("post /hook http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\ncontent-length: 2\r\n"), "{request}");
}

#[tokio::test]
async fn names_of_headers_are_written_as_pusher_writes_them() {
    let (url, _, requests) = server(b"HTTP/1.1 204 x\r\n\r\n");
    let mut post = post(&url, true);
    for name in ["content-type", "x-pusher-key", "x-pusher-signature"] {
        post.headers.insert(name, "x".parse().unwrap());
    }
    assert_eq!(status(&Network::default(), post).await, Ok(204));
    let request = requests.recv().unwrap();
    for name in ["Content-Type", "X-Pusher-Key", "X-Pusher-Signature", "Host"] {
        assert!(request.contains(&format!("\r\n{name}: ")), "{request}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_its_end() {
    let (url, _, _requests) = serve(|stream| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunk = [&b"1000\r\n"[..], &[b'x'; 4096][..], b"\r\n"].concat();
        let _gone = stream.write_all(head);
        // As long as somebody takes it.
        while stream.write_all(&chunk).is_ok() {}
        false
    });
    assert_eq!(status(&Network::default(), post(&url, true)).await, Ok(200));
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_given_up_in_time() {
    let (url, _, _requests) = serve(|_| true);
    let network = Network {
        request_timeout: Duration::from_millis(50),
        ..Network::default()
    };
    let answer = status(&network, post(&url, true)).await;
    let expected = PostError::Failed("no answer within 50ms".to_owned());
    assert_eq!(answer, Err(expected));
}

#[tokio::test]
async fn an_error_says_what_is_wrong_and_not_where() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (nonsense, _, _requests) = server(b"nonsense\r\n\r\n");
    let no_tls = TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls_address = no_tls.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = no_tls.accept().unwrap();
        let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _read = stream.read_to_end(&mut Vec::new());
    });
    for (url, expected) in [
        (
            format!("http://{nobody}/?token=hidden"),
            "Connection refused",
        ),
        (
            "http://no-such-host.invalid/?token=hidden".to_owned(),
            "dns error",
        ),
        (format!("{nonsense}?token=hidden"), "invalid HTTP"),
        (
            format!("https://{no_tls_address}/?token=hidden"),
            "corrupt message",
        ),
    ] {
        let error = status(&Network::default(), post(&url, true))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{url}: {text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn an_answer_has_its_headers_and_as_much_of_its_body_as_was_asked_for() {
    let (url, _, _requests) =
        server(b"HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 6\r\n\r\nslower");
    let network = Network::default();
    let answer = network.exchange(post(&url, true), 4).await.unwrap();
    assert_eq!((answer.status, &*answer.start), (429, &b"slow"[..]));
    assert_eq!(answer.headers["retry-after"], "7");
}
