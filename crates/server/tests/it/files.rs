//! Files and voice messages: sent, refused, given out, and kept through whatever happens.

mod bucket;
mod describing;
mod durability;
pub(crate) mod media;
mod refusing;
mod resuming;
mod sending;
mod serving;
mod settings;

use antiphon_testkit::{Api, Form, Request, Response, TestApp, Visitor, Workspace, eventually};
use serde_json::Value;
use std::path::PathBuf;

/// A form for the visitor's own conversation.
fn form(visitor: &Visitor) -> Form {
    Form::new().field("conversation_id", &visitor.conversation_id)
}

/// A request with a visitor's form.
fn upload(visitor: &Visitor, path: &str, form: &Form) -> Request {
    visitor
        .api
        .request("POST", path)
        .bearer(&visitor.token)
        .form(form)
}

/// Sends a file as the visitor, and gives the answer's first attachment.
#[track_caller]
pub(crate) fn send_file(visitor: &Visitor, name: &str, content: &[u8]) -> Value {
    let form = form(visitor).file("file", name, content);
    let answer = upload(visitor, "/api/chatbot/file", &form)
        .send()
        .expect(201);
    answer.json()["attachments"][0].clone()
}

/// Asks for what an address names.
fn get(api: &Api, url: &Value) -> Request {
    let url = url.as_str().unwrap();
    api.get(&url[url.find("/files/").unwrap()..])
}

#[track_caller]
pub(crate) fn fetch(api: &Api, url: &Value) -> Response {
    get(api, url).send().expect(200)
}

/// The files that are kept, complete or not.
fn on_disk(workspace: &Workspace) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![workspace.data().join("files")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

/// Waits until the conversation's last message has this in its first attachment, and gives the attachment.
#[track_caller]
pub(crate) fn described(visitor: &Visitor, field: &str) -> Value {
    let mut attachment = Value::Null;
    eventually(field, || {
        let read = visitor.read("?limit=1");
        attachment = read["data"]["messages"][0]["attachments"][0].clone();
        attachment.get(field).is_some()
    });
    attachment
}

fn start() -> TestApp {
    crate::start()
}

/// A server with some variables of its environment set.
fn start_with(env: &[(&str, &str)]) -> TestApp {
    let workspace = env
        .iter()
        .fold(crate::workspace(), |workspace, (key, value)| {
            workspace.with_env(key, value)
        });
    TestApp::start_in(workspace)
}
