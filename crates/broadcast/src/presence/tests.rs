//! Who is there, with a server that answers as it is told.

use super::*;
use antiphon_domain::Timestamp;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000)
    }
}

/// A server that answers its requests with these, one after the other, and says what it was asked for.
fn server(answers: Vec<(u16, &'static str)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let answer = |(status, body): (u16, &str)| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let asked = lines.next().unwrap().unwrap();
            for line in lines.by_ref() {
                if line.unwrap().is_empty() {
                    break;
                }
            }
            let answer = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).unwrap();
            asked.split('?').next().unwrap_or_default().to_owned()
        };
        answers.into_iter().map(answer).collect()
    });
    (url, serving)
}

fn remote(base_url: String) -> RemotePresence {
    let endpoint = ApiEndpoint {
        base_url,
        app_id: "1".to_owned(),
        key: "key".to_owned(),
        secret: "secret".to_owned(),
    };
    RemotePresence::new(endpoint, Arc::new(Still)).unwrap()
}

#[tokio::test]
async fn a_server_says_who_is_there() {
    let (url, serving) = server(vec![
        (
            200,
            r#"{"users":[{"id":"12"},{"id":"3"},{"id":"eve"},{"id":"12"}]}"#,
        ),
        (200, r#"{"users":"#),
        (401, "no"),
    ]);
    let presence = remote(url);
    let found = presence.agents().await.unwrap();
    assert_eq!(found, [AgentId(3), AgentId(12)]);
    let garbled = presence.agents().await;
    assert!(matches!(garbled, Err(PresenceError::Garbled)));
    let refused = presence.agents().await;
    assert!(matches!(refused, Err(PresenceError::Failed(_))));
    let asked = serving.join().unwrap();
    let path = "GET /apps/1/channels/presence-chat.agents/users";
    assert_eq!(asked, [path, path, path]);
}

/// Nobody is waited for again and again.
#[tokio::test]
async fn a_server_that_does_not_answer_is_left_alone() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let presence = remote(url);
    for _ in 0..3 {
        let asked = presence.agents().await;
        assert!(matches!(asked, Err(PresenceError::Failed(_))));
    }
    let asked = presence.agents().await;
    assert!(matches!(asked, Err(PresenceError::LeftAlone)));
}

#[tokio::test]
async fn who_is_at_one_of_several_servers_is_there() {
    let (one, first) = server(vec![(200, r#"{"users":[{"id":"3"}]}"#), (500, "")]);
    let (other, second) = server(vec![(500, ""), (500, "")]);
    let both = Presences(vec![Arc::new(remote(one)), Arc::new(remote(other))]);
    assert_eq!(both.agents().await.unwrap(), [AgentId(3)]);
    assert!(both.agents().await.is_err());
    drop((first.join().unwrap(), second.join().unwrap()));
    let nowhere = Presences(Vec::new());
    assert!(nowhere.agents().await.unwrap().is_empty());
}
