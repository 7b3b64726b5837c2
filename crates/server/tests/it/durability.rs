//! What was acknowledged is kept, and a stop is told to everybody.

use crate::start;
use antiphon_testkit::{Stopwatch, TestApp, Visitor, eventually};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const N_WRITERS: usize = 8;

/// The UUID of a writer's nth message of a round.
fn client_id(round: usize, writer: usize, n: usize) -> String {
    format!("{round:08x}-0000-4000-8000-{writer:04x}{n:08x}")
}

/// Posts one message after the other until the server is gone, and gives what was acknowledged: `seq` by `client_id`.
fn write_until_the_end(
    visitor: &Visitor,
    round: usize,
    writer: usize,
    n_acknowledged: &AtomicUsize,
    over: &AtomicBool,
) -> BTreeMap<String, i64> {
    let mut acknowledged = BTreeMap::new();
    for n in 0.. {
        let id = client_id(round, writer, n);
        let body =
            json!({ "conversation_id": visitor.conversation_id, "message": id, "client_id": id });
        let answer = visitor.post("/api/chatbot/message", &body).try_send();
        let Some(answer) = answer.filter(|_| !over.load(Ordering::Relaxed)) else {
            break;
        };
        assert_eq!(answer.status, 201, "{answer}");
        acknowledged.insert(id, answer.json()["seq"].as_i64().unwrap());
        n_acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

/// Kills the server in the midst of everything, after so many acknowledgements, which stand for the round too.
fn kill_amid_writes(
    app: &mut TestApp,
    visitors: &[Visitor],
    after: usize,
) -> Vec<BTreeMap<String, i64>> {
    let (n_acknowledged, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (n_acknowledged, over) = (&n_acknowledged, &over);
        let writers: Vec<_> = (0..N_WRITERS)
            .map(|writer| {
                let visitor = &visitors[writer % visitors.len()];
                scope.spawn(move || {
                    write_until_the_end(visitor, after, writer, n_acknowledged, over)
                })
            })
            .collect();
        eventually("enough is written", || {
            n_acknowledged.load(Ordering::Relaxed) >= after
        });
        app.kill9();
        over.store(true, Ordering::Relaxed);
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    })
}

/// Every message of a conversation: `seq` and `client_id`.
fn stored(visitor: &Visitor) -> Vec<(i64, String)> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(0, |(seq, _)| *seq);
        let read = visitor.read(&format!("?after_seq={after}&limit=200"));
        let page = read["data"]["messages"].as_array().unwrap().clone();
        if page.is_empty() {
            assert_eq!(read["last_seq"], after);
            return all;
        }
        let row = |message: &serde_json::Value| {
            let id = message["client_id"].as_str().unwrap().to_owned();
            assert_eq!(message["message"], id, "no message is half of another");
            (message["seq"].as_i64().unwrap(), id)
        };
        all.extend(page.iter().map(row));
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9_exactly_once() {
    let mut app = start();
    // Some alone in their conversation, some together.
    let visitors = [app.visitor(), app.visitor(), app.visitor()];
    for after in [1, 60, 200] {
        let before: usize = visitors.iter().map(|visitor| stored(visitor).len()).sum();
        let acknowledged = kill_amid_writes(&mut app, &visitors, after);
        app.restart();
        let mut n_stored = 0;
        for (index, visitor) in visitors.iter().enumerate() {
            let stored = stored(visitor);
            n_stored += stored.len();
            let seqs: Vec<_> = stored.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>(), "gapless");
            let by_id: BTreeMap<_, _> = stored.iter().map(|(seq, id)| (id.clone(), *seq)).collect();
            assert_eq!(by_id.len(), stored.len(), "each once");
            let mine = acknowledged
                .iter()
                .enumerate()
                .filter(|(writer, _)| writer % visitors.len() == index);
            for (id, seq) in mine.flat_map(|(_, acknowledged)| acknowledged) {
                assert_eq!(by_id.get(id), Some(seq), "{id} was acknowledged");
            }
        }
        assert!(n_stored >= before + after);
    }
}

#[test]
fn a_send_that_was_cut_off_is_repeated_without_a_double() {
    let mut app = start();
    let visitor = app.visitor();
    let sent: Vec<_> = (0..20)
        .map(|n| {
            let id = client_id(0, 0, n);
            let body = json!({ "conversation_id": visitor.conversation_id, "message": id, "client_id": id });
            visitor.post("/api/chatbot/message", &body)
        })
        .collect();
    let begun: Vec<_> = sent.iter().map(|request| request.clone().begin()).collect();
    app.kill9();
    drop(begun);
    app.restart();
    for request in sent {
        let answer = request.send();
        assert!(matches!(answer.status, 200 | 201), "{answer}");
    }
    let mut ids: Vec<_> = stored(&visitor).into_iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..20).map(|n| client_id(0, 0, n)).collect::<Vec<_>>());
}

#[test]
fn sigterm_sends_every_socket_elsewhere_and_ends_with_success() {
    let mut app = start();
    let visitor = app.visitor();
    let mut sockets: Vec<_> = (0..20)
        .map(|n| {
            if n % 2 == 0 {
                app.connect()
            } else {
                visitor.listening(app.connect_through_http())
            }
        })
        .collect();
    let watch = Stopwatch::start();
    app.ask_to_stop();
    for socket in &mut sockets {
        let (messages, code, _) = socket.wait_for_close();
        assert_eq!(code, 4200);
        assert_eq!(messages.last().unwrap()["event"], "pusher:error");
        assert_eq!(messages.last().unwrap()["data"]["code"], 4200);
    }
    assert!(app.wait().success(), "{}", app.log());
    assert!(
        watch.elapsed() < Duration::from_secs(8),
        "{:?}",
        watch.elapsed()
    );
}

#[test]
fn sigterm_answers_who_waits() {
    let mut app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let waiting = [
        visitor.conversation("?after_seq=0&wait=25").begin(),
        agent
            .get("/api/v1/conversations?after_revision=0&wait=25")
            .begin(),
    ];
    app.get("/up").send().expect(200);
    let watch = Stopwatch::start();
    app.ask_to_stop();
    for request in waiting {
        let answer = request.finish().expect(503);
        assert!(answer.header("retry-after").is_some(), "{answer}");
    }
    assert!(app.wait().success(), "{}", app.log());
    assert!(
        watch.elapsed() < Duration::from_secs(8),
        "{:?}",
        watch.elapsed()
    );
}

#[test]
fn what_was_being_written_at_sigterm_is_finished_or_refused() {
    let mut app = start();
    let visitor = app.visitor();
    let sending: Vec<_> = (0..50)
        .map(|n| visitor.message(&n.to_string()).begin())
        .collect();
    app.ask_to_stop();
    let n_acknowledged = sending
        .into_iter()
        .filter_map(|sent| sent.read())
        .filter(|answer| answer.status == 201)
        .count();
    assert!(app.wait().success(), "{}", app.log());
    app.restart();
    let n_stored = visitor.texts().len();
    assert!(
        n_stored >= n_acknowledged,
        "{n_stored} of {n_acknowledged} acknowledged"
    );
}
