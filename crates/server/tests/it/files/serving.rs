//! How files are given out: to whom, for how long, and as what.

use super::media::{png, wav};
use super::{described, fetch, form, get, send_file, start, start_with, upload};
use antiphon_testkit::{Response, eventually};
use serde_json::{Value, json};

#[track_caller]
fn has(response: &Response, name: &str, value: &str) {
    assert_eq!(response.header(name), Some(value), "{name} of {response}");
}

#[test]
fn a_picture_is_shown_in_any_page_and_runs_in_none() {
    let app = start();
    let visitor = app.visitor();
    let sent = send_file(&visitor, "año %221%22.png", &png(40, 30));
    let thumbnail = &described(&visitor, "thumbnail_url")["thumbnail_url"];
    for url in [&sent["url"], thumbnail] {
        let answer = fetch(&app, url);
        has(&answer, "x-content-type-options", "nosniff");
        has(
            &answer,
            "content-security-policy",
            "sandbox; default-src 'none'",
        );
        has(&answer, "cross-origin-resource-policy", "cross-origin");
        has(&answer, "accept-ranges", "bytes");
        let cache = answer.header("cache-control").unwrap();
        assert!(cache.starts_with("private, max-age="), "{cache}");
        let disposition = answer.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("inline; filename=\"a_o _1_.png\";"),
            "{disposition}"
        );
        assert!(
            disposition.ends_with("filename*=UTF-8''a%C3%B1o%20%221%22.png"),
            "{disposition}"
        );
        assert!(answer.header("etag").is_some());
    }
}

#[test]
fn what_is_no_picture_and_no_sound_is_saved() {
    let app = start();
    let visitor = app.visitor();
    let text = fetch(&app, &send_file(&visitor, "a.txt", b"alert(1)")["url"]);
    has(&text, "content-type", "text/plain; charset=utf-8");
    has(
        &text,
        "content-disposition",
        "attachment; filename=\"a.txt\"",
    );
    let pdf = fetch(&app, &send_file(&visitor, "a.pdf", b"%PDF-1.7\n")["url"]);
    has(&pdf, "content-type", "application/pdf");
    has(
        &pdf,
        "content-disposition",
        "attachment; filename=\"a.pdf\"",
    );
    let sound = fetch(&app, &send_file(&visitor, "a.wav", &wav(50))["url"]);
    has(&sound, "content-disposition", "inline; filename=\"a.wav\"");
}

#[test]
fn markup_is_saved_and_never_shown_even_where_an_owner_allows_it() {
    let app = start_with(&[("ANTIPHON_FILES_TYPES", "image/svg+xml,text/html")]);
    let visitor = app.visitor();
    for (name, content) in [
        (
            "a.svg",
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"[..],
        ),
        ("a.html", b"<!doctype html><script>1</script>"),
    ] {
        let answer = fetch(&app, &send_file(&visitor, name, content)["url"]);
        has(
            &answer,
            "content-disposition",
            &format!("attachment; filename=\"{name}\""),
        );
        has(
            &answer,
            "content-security-policy",
            "sandbox; default-src 'none'",
        );
        has(&answer, "x-content-type-options", "nosniff");
    }
}

#[test]
fn a_part_is_sent_to_who_asks_for_a_part() {
    let app = start();
    let visitor = app.visitor();
    let content: String = ('a'..='z').collect();
    let url = send_file(&visitor, "abc.txt", content.as_bytes())["url"].clone();
    let etag = fetch(&app, &url).header("etag").unwrap().to_owned();
    let ask = |range: &str| get(&app, &url).header("range", range).send();
    for (range, expected, part) in [
        ("bytes=0-2", "abc", "bytes 0-2/26"),
        ("bytes=23-", "xyz", "bytes 23-25/26"),
        ("bytes=-2", "yz", "bytes 24-25/26"),
        ("bytes=20-99", "uvwxyz", "bytes 20-25/26"),
    ] {
        let answer = ask(range).expect(206);
        assert_eq!(answer.text(), expected, "{range}");
        has(&answer, "content-range", part);
        has(&answer, "content-length", &expected.len().to_string());
        has(&answer, "etag", &etag);
    }
    let beyond = ask("bytes=26-").expect(416);
    has(&beyond, "content-range", "bytes */26");
    assert!(beyond.json()["error"].is_string());
    for range in ["bytes=2-1", "bytes=0-1,3-4", "chapters=1"] {
        assert_eq!(ask(range).expect(200).text(), content, "{range}");
    }
    let if_range = |known: &str| {
        get(&app, &url)
            .header("range", "bytes=0-0")
            .header("if-range", known)
            .send()
    };
    if_range(&etag).expect(206);
    if_range("\"another\"").expect(200);
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let app = start();
    let visitor = app.visitor();
    let url = send_file(&visitor, "a.txt", b"words")["url"].clone();
    let first = fetch(&app, &url);
    let etag = first.header("etag").unwrap();
    let ask = |known: &str| get(&app, &url).header("if-none-match", known).send();
    let unchanged = ask(etag).expect(304);
    assert!(unchanged.body.is_empty());
    has(&unchanged, "etag", etag);
    assert!(unchanged.header("cache-control").is_some());
    ask(&format!("\"x\", W/{etag}")).expect(304);
    ask("\"x\"").expect(200);
    // And the address stays the same, so that it has it.
    assert_eq!(
        visitor.read("")["data"]["messages"][0]["attachments"][0]["url"],
        url
    );
}

#[test]
fn only_the_conversations_people_learn_an_address_and_nobody_makes_one() {
    let app = start();
    let (visitor, stranger) = (app.visitor(), app.visitor());
    let sent = send_file(&visitor, "a.txt", b"secret");
    send_file(&stranger, "b.txt", b"other");
    let conversation = format!("/api/chatbot/conversation/{}", visitor.conversation_id);
    stranger.get(&conversation).send().expect(403);
    let url = sent["url"].as_str().unwrap();
    let path = &url[url.find("/files/").unwrap()..];
    let (file, query) = path.split_once('?').unwrap();
    let (expires, signature) = query.split_once('&').unwrap();
    let id: i64 = sent["id"].as_i64().unwrap();
    app.get(path).send().expect(200);
    let later: i64 = expires
        .strip_prefix("expires=")
        .unwrap()
        .parse::<i64>()
        .unwrap()
        + 86_400;
    for forged in [
        file.to_owned(),
        format!("{file}?{expires}"),
        format!("{file}?{signature}"),
        format!("{file}?expires={later}&{signature}"),
        format!("/files/{}?{query}", id + 1),
        format!("{file}/thumbnail?{query}"),
        format!("{file}?{expires}&{}", &signature[..signature.len() - 1]),
        format!("{file}?{expires}&signature="),
        format!("{file}?expires=x&{signature}"),
        format!("{file}?expires=99999999999999999999&{signature}"),
        format!("/files/x?{query}"),
        format!("/files/..%2f{id}?{query}"),
    ] {
        let answer = app.get(&forged).send().expect(403);
        assert_eq!(
            answer.json()["request_id"],
            answer.header("x-request-id").unwrap()
        );
    }
    // A session opens nothing either: the address is the only key.
    let agent = app.agent();
    agent.get(file).send().expect(403);
}

#[test]
fn an_address_ends_and_the_message_tells_a_new_one() {
    let app = start_with(&[("ANTIPHON_FILES_URL_SECONDS", "1")]);
    let visitor = app.visitor();
    let url = send_file(&visitor, "a.txt", b"words")["url"].clone();
    let mut last = None;
    eventually("the address ends", || {
        let answer = get(&app, &url).send();
        let is_over = answer.status == 403;
        last = Some(answer);
        is_over
    });
    assert_eq!(last.unwrap().json()["expired"], true);
    eventually("a fresh address is good", || {
        let fresh = visitor.read("")["data"]["messages"][0]["attachments"][0]["url"].clone();
        assert_ne!(fresh, url);
        get(&app, &fresh).send().status == 200
    });
}

#[test]
fn addresses_are_whole_where_the_servers_own_is_known() {
    let mut app = start();
    let visitor = app.visitor();
    app.restart_with(&[("APP_URL", "http://chat.example.com")]);
    let url = send_file(&visitor, "a.txt", b"words")["url"].clone();
    assert!(
        url.as_str()
            .unwrap()
            .starts_with("http://chat.example.com/files/")
    );
    let app = start();
    let visitor = app.visitor();
    let url = send_file(&visitor, "a.txt", b"words")["url"].clone();
    assert!(url.as_str().unwrap().starts_with("/files/"), "{url}");
}

#[test]
fn addresses_survive_a_restart_and_stand_in_no_log() {
    let mut app = start();
    let visitor = app.visitor();
    let form = form(&visitor).file("file", "a.txt", b"words");
    let answer = upload(&visitor, "/api/chatbot/file", &form).send();
    let url: Value = answer.expect(201).json()["file_url"].clone();
    let forged = json!(url.as_str().unwrap().replace("signature=", "signature=x"));
    get(&app, &forged).send().expect(403);
    app.terminate();
    let log = app.log();
    assert!(!log.contains("signature="), "{log}");
    app.restart();
    fetch(&app, &url);
}

#[test]
fn a_file_that_is_gone_is_not_found() {
    let app = start();
    let visitor = app.visitor();
    let sent = send_file(&visitor, "a.txt", b"words");
    for path in super::on_disk(app.workspace()) {
        std::fs::remove_file(path).unwrap();
    }
    get(&app, &sent["url"]).send().expect(404);
    assert_eq!(visitor.say("and on it goes"), 2);
}
