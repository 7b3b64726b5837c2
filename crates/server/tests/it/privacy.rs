//! What is kept of people: given out as a whole, erased wherever it was, forgotten when it is old; and who is kept out.

mod zip;

use crate::files::media::png;
use crate::files::{described, send_file};
use crate::{start, workspace};
use antiphon_testkit::{Agent, Bucket, Postgres, Relay, Request, TestApp, Visitor, eventually};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use zip::unzip;

/// A word that stands in everything of the visitor; also within what is encoded.
const MARK: &str = "zanzibar";

fn visitor_id(agent: &Agent, visitor: &Visitor) -> i64 {
    let path = format!("/api/v1/conversations/{}", visitor.conversation_id);
    let row = agent.get(&path).send().expect(200).json();
    row["conversation"]["visitor_id"].as_i64().unwrap()
}

/// A visitor of whom there is something of every kind.
fn talkative(app: &TestApp, ana: &Agent) -> Visitor {
    let opened = json!({
        "visitor_name": format!("Eve {MARK}"),
        "visitor_email": format!("eve@{MARK}.example"),
        "visitor_metadata": { "plan": MARK },
        "page": { "url": format!("https://www.example.com/{MARK}"), "title": MARK },
    });
    let visitor = Visitor::init(app, &app.widget_token(), &opened);
    visitor.say(&format!("hello from {MARK}"));
    send_file(&visitor, &format!("{MARK}.png"), &png(300, 200));
    described(&visitor, "thumbnail_url");
    send_file(&visitor, "plain.txt", format!("in {MARK}").as_bytes());
    ana.say(visitor.conversation_id, &format!("{MARK} is far"));
    let base = format!("/api/v1/conversations/{}", visitor.conversation_id);
    let note = json!({ "body": format!("{MARK}?") });
    ana.post(&format!("{base}/notes"), &note).send().expect(201);
    let rating = json!({ "conversation_id": visitor.conversation_id, "score": 2, "comment": MARK });
    visitor
        .post("/api/chatbot/rating", &rating)
        .send()
        .expect(200);
    let path = format!("/api/v1/visitors/{}", visitor_id(ana, &visitor));
    let note = json!({ "note": format!("lives in {MARK}") });
    ana.request("PATCH", &path).json(&note).send().expect(200);
    visitor
}

fn erase(agent: &Agent, id: i64) -> Request {
    agent.request("DELETE", &format!("/api/v1/visitors/{id}"))
}

/// The files of a folder, and of those in it, whose bytes have the word, in capitals or not.
fn files_with(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, word));
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let small = bytes.to_ascii_lowercase();
        if small
            .windows(word.len())
            .any(|part| part == word.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

fn kept_files(app: &TestApp) -> Vec<String> {
    let files = app.workspace().data().join("files");
    files_with(&files, "")
}

#[test]
fn all_that_is_kept_of_a_visitor_is_in_one_archive() {
    let app = start();
    let ana = app.agent();
    let visitor = talkative(&app, &ana);
    let other = app.visitor();
    other.say("somebody else's");
    let id = visitor_id(&ana, &visitor);
    let path = format!("/api/v1/visitors/{id}/export");
    let answer = ana.get(&path).send().expect(200);
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    let disposition = format!("attachment; filename=\"visitor-{id}.zip\"");
    assert_eq!(answer.header("content-disposition"), Some(&*disposition));
    let files = unzip(&answer.body);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "conversations.jsonl",
            "files/1-thumbnail",
            &*format!("files/1-{MARK}.png"),
            "files/2-plain.txt",
            "visitor.json",
        ]
    );
    assert_eq!(files[&format!("files/1-{MARK}.png")], png(300, 200));
    assert_eq!(files["files/2-plain.txt"], format!("in {MARK}").as_bytes());
    assert!(files["files/1-thumbnail"].starts_with(b"\xff\xd8"));

    let who: Value = serde_json::from_slice(&files["visitor.json"]).unwrap();
    assert_eq!(who["visitor"]["name"], format!("Eve {MARK}"));
    assert_eq!(who["visitor"]["metadata"], json!({ "plan": MARK }));
    assert_eq!(who["visitor"]["note"], format!("lives in {MARK}"));
    assert_eq!(who["ratings"][0]["score"], 2);
    assert_eq!(who["ratings"][0]["comment"], MARK);
    assert_eq!(who["notes"][0]["body"], format!("{MARK}?"));
    assert_eq!(who["notes"][0]["agent_name"], "Ana");
    assert_eq!(who["page_views"][0]["title"], MARK);
    assert_eq!(who["visitor_tokens"].as_array().unwrap().len(), 1);
    let lines = String::from_utf8(files["conversations.jsonl"].clone()).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |member: &str| -> Vec<Value> {
        let of = lines.iter().filter_map(|line| line.get(member));
        of.cloned().collect()
    };
    let [conversation] = &of("conversation")[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(conversation["id"], visitor.conversation_id);
    let bodies: Vec<_> = of("message")
        .iter()
        .map(|row| row["body"].clone())
        .collect();
    assert_eq!(
        bodies,
        [
            &*format!("hello from {MARK}"),
            "",
            "",
            &*format!("{MARK} is far")
        ]
    );
    assert_eq!(of("message")[3]["sender_agent_name"], "Ana");
    assert_eq!(of("attachment")[1]["file"], "files/2-plain.txt");
    assert_eq!(of("attachment")[0]["thumbnail"], "files/1-thumbnail");
    assert!(of("attachment")[0].get("file_key").is_none());
    assert_eq!(lines.len(), 1 + 4 + 2);
    let text = format!("{who} {lines:?}");
    assert!(!text.contains("somebody else's"), "{text}");
    assert!(!text.contains("token_hash"), "{text}");

    let log = ana.get("/api/v1/audit?action=visitor.").send().expect(200);
    let entry = &log.json()["entries"][0];
    assert_eq!(entry["action"], "visitor.exported");
    assert_eq!(entry["subject"], json!({ "type": "visitor", "id": id }));
    ana.get("/api/v1/visitors/987654/export").send().expect(404);
}

/// What holds a value of the visitor's in the database is in the archive, whatever its column is called.
#[test]
fn every_value_in_the_database_is_in_the_archive() {
    let app = start();
    let ana = app.agent();
    let visitor = talkative(&app, &ana);
    let id = visitor_id(&ana, &visitor);
    let answer = ana.get(&format!("/api/v1/visitors/{id}/export")).send();
    let files = unzip(&answer.expect(200).body);
    let told = [&files["visitor.json"][..], &files["conversations.jsonl"]].concat();
    let told = String::from_utf8(told).unwrap();
    let database = Connection::open(app.workspace().database()).unwrap();
    let tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                  AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_search%' AND name <> 'jobs'";
    let mut tables = database.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut n_values = 0;
    for table in tables.map(Result::unwrap) {
        let mut rows = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (index, name) in names.iter().enumerate() {
                let Ok(text) = row.get::<_, String>(index) else {
                    continue;
                };
                if !text.contains(MARK) {
                    continue;
                }
                n_values += 1;
                // Documents are told as documents.
                let text = match serde_json::from_str::<Value>(&text) {
                    Ok(document) => document.to_string(),
                    Err(_) => text,
                };
                assert!(told.contains(&text), "{table}.{name}: {text}");
            }
        }
    }
    assert!(n_values >= 10, "{n_values}");
}

#[test]
fn an_erased_visitor_is_gone_wherever_it_was() {
    let app = start();
    let ana = app.agent();
    let visitor = talkative(&app, &ana);
    let other = app.visitor();
    other.say("kept");
    send_file(&other, "kept.txt", b"kept");
    // A file that is not complete.
    let announced = json!({
        "conversation_id": visitor.conversation_id, "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69",
        "name": format!("{MARK}.txt"), "size": 100,
    });
    let begun = visitor.post("/api/chatbot/upload", &announced).send();
    begun.expect(201);
    let id = visitor_id(&ana, &visitor);
    let (mut inbox, mut at_visitor) = (ana.listen("private-chat.inbox"), visitor.listen());
    let poll = visitor.conversation("?after_seq=4&wait=25").begin();
    assert_eq!(kept_files(&app).len(), 6);

    assert_eq!(erase(&ana, id).send().status, 204);
    let told = json!({ "conversation_id": visitor.conversation_id });
    assert_eq!(inbox.wait_for("ConversationErased"), told);
    assert_eq!(at_visitor.wait_for("ConversationErased"), told);
    let refused = poll.finish();
    assert!([401, 403, 404].contains(&refused.status), "{refused}");
    visitor.conversation("").send().expect(401);
    visitor.message("am I here?").send().expect(401);
    erase(&ana, id).send().expect(404);
    let list = ana.get("/api/v1/conversations?status=all").send();
    let list = list.expect(200).json();
    assert_eq!(list["conversations"].as_array().unwrap().len(), 1, "{list}");

    // The same browser comes back as somebody new.
    let again = json!({ "visitor_token": visitor.token });
    let again = Visitor::init(&app, &app.widget_token(), &again);
    assert_ne!(again.token, visitor.token);
    assert!(again.conversation_id > visitor.conversation_id);
    again.say("a new one");
    let new = visitor_id(&ana, &again);
    assert!(new > id);

    let log = ana.get("/api/v1/audit?action=visitor.").send().expect(200);
    let log = log.json();
    assert_eq!(log["entries"][0]["action"], "visitor.erased");
    assert_eq!(
        log["entries"][0]["details"],
        json!({ "conversations": 1, "messages": 4, "files": 3 })
    );
    eventually("its files are removed", || kept_files(&app).len() == 1);
    let data = app.workspace().data();
    eventually("nothing of it stands in any file", || {
        files_with(&data, MARK).is_empty()
    });
    assert_eq!(other.texts(), ["kept", ""]);
}

#[test]
fn a_visitor_on_postgresql_is_gone_from_every_table() {
    let place = Postgres::schema();
    let workspace = place
        .env()
        .into_iter()
        .fold(workspace(), |workspace, (key, value)| {
            workspace.with_env(&key, &value)
        });
    let app = TestApp::start_in(workspace);
    let ana = app.agent();
    let visitor = talkative(&app, &ana);
    let id = visitor_id(&ana, &visitor);
    let answer = ana.get(&format!("/api/v1/visitors/{id}/export")).send();
    assert_eq!(unzip(&answer.expect(200).body).len(), 5);
    let tables = place.run("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()");
    let with_mark = || {
        let mut found = Vec::new();
        for table in &tables {
            let sql = format!("SELECT t::text FROM {table} t WHERE t::text ILIKE '%{MARK}%'");
            found.extend(place.run(&sql));
        }
        found
    };
    assert!(with_mark().len() >= 10);
    assert_eq!(erase(&ana, id).send().status, 204);
    assert_eq!(with_mark(), [] as [String; 0]);
    eventually("its files are removed", || kept_files(&app).is_empty());
}

#[test]
fn files_are_removed_when_the_bucket_is_back() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let relay = Relay::start(bucket.server());
    let workspace = bucket
        .env(relay.address())
        .into_iter()
        .fold(workspace(), |workspace, (key, value)| {
            workspace.with_env(key, &value)
        });
    let app = TestApp::start_in(workspace);
    let ana = app.agent();
    let visitor = talkative(&app, &ana);
    let id = visitor_id(&ana, &visitor);
    assert_eq!(bucket.keys().len(), 3);
    relay.cut();
    assert_eq!(erase(&ana, id).send().status, 204);
    visitor.conversation("").send().expect(401);
    eventually("the job has failed once", || {
        let jobs = app.workspace().cli(&["jobs:list", "--json"]).json();
        let jobs = jobs["jobs"].as_array().unwrap();
        let mut of_files = jobs.iter().filter(|job| job["kind"] == "files.remove");
        of_files.any(|job| job["last_error"].is_string())
    });
    assert_eq!(bucket.keys().len(), 3);
    relay.open();
    eventually("its files are removed", || bucket.keys().is_empty());
}

#[test]
fn what_is_older_than_a_website_keeps_it_is_erased() {
    let mut app = start();
    let ana = app.agent();
    let (old, young) = (talkative(&app, &ana), app.visitor());
    young.say("young");
    for visitor in [&old, &young] {
        ana.change(visitor.conversation_id, "close", &json!({}));
    }
    let path = "/api/v1/widgets/1/retention";
    let shown = ana.get(path).send().expect(200).json();
    let off = json!({ "closed_conversations_days": null, "visits_days": null });
    assert_eq!(shown, off);
    let put = |body: &Value| ana.request("PUT", path).json(body).send();
    for (wrong, field) in [
        (
            json!({ "closed_conversations_days": 6, "visits_days": null }),
            "closed_conversations_days",
        ),
        (
            json!({ "closed_conversations_days": null, "visits_days": 3651 }),
            "visits_days",
        ),
        (
            json!({ "closed_conversations_days": "30", "visits_days": null }),
            "closed_conversations_days",
        ),
        (json!({ "closed_conversations_days": 30 }), "visits_days"),
    ] {
        let refused = put(&wrong).expect(422).json();
        assert!(refused["details"][field].is_array(), "{refused}");
    }
    let chosen = json!({ "closed_conversations_days": 30, "visits_days": null });
    assert_eq!(put(&chosen).expect(200).json(), chosen);
    assert_eq!(put(&chosen).expect(200).json(), chosen);
    let other = ana.request("PUT", "/api/v1/widgets/987654/retention");
    other.json(&chosen).send().expect(404);
    let log = ana.get("/api/v1/audit?action=retention.").send();
    let log = log.expect(200).json();
    assert_eq!(log["entries"].as_array().unwrap().len(), 1, "{log}");
    assert_eq!(log["entries"][0]["details"]["after"], chosen);

    app.kill9();
    let database = Connection::open(app.workspace().database()).unwrap();
    let a_day_more = "UPDATE conversations SET last_message_at = last_message_at - 31 * 86400000000 WHERE id = ?1";
    database.execute(a_day_more, [old.conversation_id]).unwrap();
    drop(database);
    app.restart();
    eventually("the old one is gone", || {
        old.conversation("").send().status == 401
    });
    assert_eq!(young.texts(), ["young"]);
    eventually("its files are removed", || kept_files(&app).is_empty());
    let log = ana.get("/api/v1/audit?action=retention.applied").send();
    let log = log.expect(200).json();
    let entry = &log["entries"][0];
    assert_eq!(entry["agent"], json!({ "id": null, "name": "retention" }));
    assert_eq!(
        entry["details"],
        json!({ "conversations": 1, "messages": 4, "visitors": 1, "page_views": 0, "files": 3 })
    );
}

#[test]
fn an_address_that_is_everybodys_is_not_blocked() {
    let app = TestApp::start_in(
        workspace().with_env("ANTIPHON_TRUSTED_PROXIES", "127.0.0.1/32, 10.1.0.0/16"),
    );
    let ana = app.agent();
    // As the proxy tells it.
    let block = |network: &str| {
        let body = json!({ "network": network, "reason": "spam" });
        let request = ana.post("/api/v1/blocks", &body);
        request.header("x-forwarded-for", "198.51.100.7").send()
    };
    for (network, why) in [
        ("127.0.0.1", "trusted proxy"),
        ("127.0.0.0/8", "trusted proxy"),
        ("10.1.2.3", "trusted proxy"),
        ("0.0.0.0/0", "trusted proxy"),
        ("::ffff:127.0.0.1", "trusted proxy"),
        ("198.51.100.7", "you come from yourself"),
        ("198.51.100.0/24", "you come from yourself"),
    ] {
        let refused = block(network).expect(422).json();
        let told = refused["details"]["network"][0].as_str().unwrap();
        assert!(told.contains(why), "{network}: {told}");
    }
    let made = block("203.0.113.0/24").expect(201).json()["block"].clone();
    assert_eq!(made["reason"], "spam");
    let long = json!({ "network": "203.0.113.1", "reason": "x".repeat(501) });
    let refused = ana.post("/api/v1/blocks", &long).send().expect(422).json();
    assert!(refused["details"]["reason"].is_array(), "{refused}");
    let list = ana.get("/api/v1/blocks").send().expect(200).json();
    assert_eq!(list["blocks"][0], made);
    let from = |address: &str| {
        let init = app.post("/api/chatbot/init", &json!({}));
        let init = init.bearer(&app.widget_token());
        init.header("x-forwarded-for", address).send()
    };
    assert_eq!(from("203.0.113.9").json()["blocked"], true);
    from("203.0.114.9").expect(200);
}
