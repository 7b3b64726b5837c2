//! What is sent, in which requests, and what becomes of each job, with a server that answers as it is told.

use super::*;
use antiphon_jobs::JobId;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;

/// A time that the test moves, in milliseconds.
#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst) * 1000)
    }
}

/// What the server heard: where, the idempotency key, and the events' data.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    path: String,
    key: String,
    data: Vec<String>,
}

fn read_request(stream: &TcpStream) -> Heard {
    let mut reader = BufReader::new(stream);
    let (mut key, mut length) = (String::new(), 0);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split([' ', '?']).nth(1).unwrap().to_owned();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("x-idempotency-key") => {
                value.clone_into(&mut key);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let data = |event: &Value| event["data"].as_str().unwrap().to_owned();
    let batch = body["batch"].as_array();
    let data = batch.into_iter().flatten().map(data).collect();
    Heard { path, key, data }
}

/// A server that answers its requests with these, one after the other; 0 hangs up instead.
fn server(answers: Vec<u16>) -> (String, JoinHandle<Vec<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let answer = |status: u16| {
            let (mut stream, _) = listener.accept().unwrap();
            let heard = read_request(&stream);
            if status > 0 {
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
            heard
        };
        answers.into_iter().map(answer).collect()
    });
    (url, serving)
}

fn broadcaster(base_url: String) -> (RemoteBroadcaster, Arc<TestClock>) {
    let clock = Arc::<TestClock>::default();
    let endpoint = ApiEndpoint {
        base_url,
        app_id: "1".to_owned(),
        key: "key".to_owned(),
        secret: "secret".to_owned(),
    };
    let shared: Arc<TestClock> = Arc::clone(&clock);
    let links = FileLinks::new(b"key", "", 3600, Arc::clone(&clock) as _);
    let broadcaster = RemoteBroadcaster::new(endpoint, PUSHER_JOBS, links, shared).unwrap();
    (broadcaster, clock)
}

fn job_saying(id: i64, attempts: u32, data: &[&str]) -> Job {
    let event = |data: &&str| json!({ "name": "e", "channel": "c", "data": data });
    let events: Vec<_> = data.iter().map(event).collect();
    Job {
        id: JobId(id),
        queue: QUEUE.to_owned(),
        kind: PUSHER_JOBS.to_owned(),
        payload: json!({ "events": events }).to_string(),
        run_at: Timestamp::from_micros(0),
        attempts,
        max_attempts: ATTEMPTS,
        locked: None,
        last_error: None,
        dedupe_key: None,
        lane: None,
        created_at: Timestamp::from_micros(0),
        died_at: None,
    }
}

/// A job of two events, as a message has.
fn job(id: i64, attempts: u32) -> Job {
    job_saying(id, attempts, &[&format!("{id}a"), &format!("{id}b")])
}

fn n_events(heard: &[Heard]) -> Vec<usize> {
    heard.iter().map(|heard| heard.data.len()).collect()
}

#[tokio::test]
async fn ten_events_go_in_one_request_and_none_is_torn_from_its_job() {
    let (url, serving) = server(vec![200; 4]);
    let (broadcaster, _) = broadcaster(url);
    let mut jobs: Vec<Job> = (1..=11).map(|id| job(id, 1)).collect();
    jobs.push(job_saying(12, 1, &["x"; 9]));
    let results = broadcaster.run(&jobs).await;
    assert_eq!(results, vec![Ok(()); 12]);
    let heard = serving.join().unwrap();
    assert_eq!(n_events(&heard), [10, 10, 2, 9], "eleven would be too many");
    assert_eq!(heard[0].data[..3], ["1a", "1b", "2a"]);
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_repeated_under_its_key_without_what_came_since() {
    let (url, serving) = server(vec![0, 200, 200]);
    let (broadcaster, _) = broadcaster(url);
    let first = broadcaster.run(&[job(1, 1), job(2, 1)]).await;
    assert!(matches!(
        first[..],
        [Err(JobError::Retry(_)), Err(JobError::Retry(_))]
    ));
    let second = broadcaster.run(&[job(1, 2), job(2, 2), job(3, 1)]).await;
    assert_eq!(second, vec![Ok(()); 3]);
    let heard = serving.join().unwrap();
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[2].data, ["3a", "3b"]);
    assert_ne!(heard[1].key, heard[2].key);
}

#[tokio::test]
async fn two_changes_with_the_same_text_are_both_taken() {
    let (url, serving) = server(vec![200; 2]);
    let (broadcaster, _) = broadcaster(url);
    for id in [1, 2] {
        let told = job_saying(id, 1, &[r#"{"what":"labels"}"#]);
        assert_eq!(broadcaster.run(&[told]).await, [Ok(())]);
    }
    let heard = serving.join().unwrap();
    assert_eq!(heard[0].data, heard[1].data);
    assert_ne!(heard[0].key, heard[1].key);
}

#[tokio::test]
async fn what_stands_behind_a_failure_waits_as_well() {
    let (url, serving) = server(vec![200, 503]);
    let (broadcaster, _) = broadcaster(url);
    let jobs: Vec<Job> = (1..=15).map(|id| job(id, 1)).collect();
    let results = broadcaster.run(&jobs).await;
    assert_eq!(n_events(&serving.join().unwrap()), [10, 10]);
    assert_eq!(results.len(), 15);
    assert!(results[..5].iter().all(Result::is_ok));
    assert!(
        results[5..]
            .iter()
            .all(|result| matches!(result, Err(JobError::Retry(_))))
    );
}

#[tokio::test]
async fn the_one_event_that_is_refused_is_found_and_keeps_no_other() {
    let (url, serving) = server(vec![413, 200, 413, 200]);
    let (broadcaster, _) = broadcaster(url);
    let results = broadcaster.run(&[job(1, 1), job(2, 1), job(3, 1)]).await;
    assert!(matches!(
        results[..],
        [Ok(()), Err(JobError::Hopeless(_)), Ok(())]
    ));
    assert_eq!(n_events(&serving.join().unwrap()), [6, 2, 2, 2]);
}

#[tokio::test]
async fn wrong_credentials_are_tried_again() {
    let (url, serving) = server(vec![401]);
    let (broadcaster, _) = broadcaster(url);
    let results = broadcaster.run(&[job(1, 1)]).await;
    assert!(matches!(&results[0], Err(JobError::Retry(why)) if why.contains("401")));
    serving.join().unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_is_left_alone_and_probed() {
    let (url, serving) = server(vec![503, 503, 503, 503, 200]);
    let (broadcaster, clock) = broadcaster(url);
    for _ in 0..3 {
        let results = broadcaster.run(&[job(1, 1)]).await;
        assert!(matches!(results[0], Err(JobError::Retry(_))));
    }
    // No request is made while it is open, for nobody's jobs.
    let waiting = broadcaster.run(&[job(1, 1), job(2, 1)]).await;
    let pause = Duration::from_secs(1);
    assert!(
        waiting.iter().all(
            |result| matches!(result, Err(JobError::RetryAfter { pause: p, .. }) if *p == pause)
        )
    );
    clock.0.store(1000, Ordering::SeqCst);
    let probe = broadcaster.run(&[job(1, 1)]).await;
    assert!(matches!(probe[0], Err(JobError::Retry(_))));
    clock.0.store(2000, Ordering::SeqCst);
    let waiting = broadcaster.run(&[job(1, 1)]).await;
    assert!(
        matches!(waiting[0], Err(JobError::RetryAfter { .. })),
        "two seconds now"
    );
    clock.0.store(3000, Ordering::SeqCst);
    assert_eq!(broadcaster.run(&[job(1, 1)]).await, [Ok(())]);
    assert_eq!(serving.join().unwrap().len(), 5);
}

#[tokio::test]
async fn a_payload_of_nonsense_is_hopeless_and_keeps_no_other() {
    let (url, serving) = server(vec![200]);
    let (broadcaster, _) = broadcaster(url);
    let nonsense = Job {
        payload: "{\"events\":7}".to_owned(),
        ..job(1, 1)
    };
    let results = broadcaster.run(&[nonsense, job(2, 1)]).await;
    assert!(matches!(results[..], [Err(JobError::Hopeless(_)), Ok(())]));
    serving.join().unwrap();
}

#[tokio::test]
async fn an_agent_is_shut_out_by_a_request_of_its_own() {
    let (url, heard) = server(vec![200, 200, 200]);
    let (broadcaster, _) = broadcaster(url);
    let event = DomainEvent::AgentShutOut(antiphon_domain::AgentId(7));
    let new = broadcaster.jobs(&event, None, Timestamp::from_micros(0));
    let shut_out = Job {
        payload: new[0].payload.clone(),
        ..job(2, 1)
    };
    let results = broadcaster.run(&[job(1, 1), shut_out, job(3, 1)]).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let heard = heard.join().unwrap();
    let paths: Vec<_> = heard.iter().map(|heard| &*heard.path).collect();
    assert_eq!(
        paths,
        [
            "/apps/1/batch_events",
            "/apps/1/users/agent.7/terminate_connections",
            "/apps/1/batch_events",
        ]
    );
    assert_eq!(n_events(&heard), [2, 0, 2]);
}
